//! Where things are under a node's data directory.

use super::blocking::{exists, make_dir, rename, sync_dir};
use super::error::{Error, Result};
use super::mounts::{Mounts, Place};
use super::names::{Chain, EMPTY, Generation, LayerName};
use rustix::fs::Mode;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Only root looks in here: layers hold set-id files of sandboxes.
const PRIVATE: Mode = Mode::RWXU;
/// The suffix of a copy that is under way.
const PART: &str = "part";

/// The paths of one data directory.
#[derive(Debug)]
pub(super) struct Layout {
    data: PathBuf,
    /// Names live copies, so that one from before a reboot is not taken for whole.
    boot: String,
}

impl Layout {
    /// Checks the data directory and makes the folders in it.
    pub(super) fn open(data: &Path) -> Result<Self> {
        let data = std::fs::canonicalize(data).map_err(Error::at("resolve", data))?;
        let bad = |why| Error::BadDataPath { path: data.clone(), why };
        // What overlayfs, the engine and mountinfo would split or escape; see overlayfs.rst.
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+@".contains(byte);
        if !data.as_os_str().as_bytes().iter().all(plain) {
            return Err(bad("its path may only hold letters, digits and / . _ - + @"));
        }
        let id = Path::new("/proc/sys/kernel/random/boot_id");
        let boot = std::fs::read_to_string(id).map_err(Error::at("read", id))?;
        let boot = boot.chars().filter(char::is_ascii_hexdigit).take(12).collect();
        let layout = Self { data, boot };
        let mounts = Mounts::own()?;
        for folder in [layout.generations(), layout.layers(), layout.trash(), layout.tmp()] {
            make_dir(&folder, PRIVATE)?;
            if mounts.has_point(&folder) {
                return Err(Error::BadDataPath {
                    path: folder,
                    why: "has a mount of its own, and a rename cannot cross mounts",
                });
            }
        }
        make_dir(&layout.empty(), Mode::from_raw_mode(0o755))?;
        sync_dir(&layout.layers())?;
        sync_dir(layout.data())?;
        Ok(layout)
    }

    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    pub(super) fn generations(&self) -> PathBuf {
        self.data.join("w")
    }

    pub(super) fn layers(&self) -> PathBuf {
        self.data.join("l")
    }

    pub(super) fn trash(&self) -> PathBuf {
        self.data.join("trash")
    }

    pub(super) fn tmp(&self) -> PathBuf {
        self.data.join("tmp")
    }

    pub(super) fn empty(&self) -> PathBuf {
        self.layers().join(EMPTY)
    }

    pub(super) fn layer(&self, layer: &LayerName) -> PathBuf {
        self.layers().join(layer.as_str())
    }

    pub(super) fn sandbox(&self, generation: &Generation) -> PathBuf {
        self.generations().join(generation.sandbox())
    }

    pub(super) fn generation(&self, generation: &Generation) -> PathBuf {
        self.sandbox(generation).join(format!("g{}", generation.number()))
    }

    pub(super) fn upper(&self, generation: &Generation) -> PathBuf {
        self.generation(generation).join("upper")
    }

    pub(super) fn work(&self, generation: &Generation) -> PathBuf {
        self.generation(generation).join("work")
    }

    /// A name in `tmp/` for one attempt. Never the same twice: the copier of a killed worker
    /// lives on for a while and would write into the next attempt's copy.
    pub(super) fn part(&self, of: &str) -> PathBuf {
        self.tmp().join(format!("{of}.{}.{PART}", unique()))
    }

    /// A live copy that was finished in this boot.
    pub(super) fn copied(&self, layer: &LayerName) -> PathBuf {
        self.tmp().join(format!("{layer}.{}", self.boot))
    }

    /// Moves what earlier attempts at `of` left in `tmp/` to the trash.
    pub(super) fn clear_tmp(&self, of: &str) -> Result<()> {
        let tmp = self.tmp();
        for entry in std::fs::read_dir(&tmp).map_err(Error::at("list", &tmp))? {
            let name = entry.map_err(Error::at("list", &tmp))?.file_name();
            let stem = name.as_bytes().split(|byte| *byte == b'.').next();
            if stem == Some(of.as_bytes()) {
                self.throw_away(&tmp.join(&name))?;
            }
        }
        Ok(())
    }

    /// Moves a directory to the trash; it is unlinked there later. Done if it is not there.
    pub(super) fn throw_away(&self, path: &Path) -> Result<()> {
        if !exists(path)? {
            return Ok(());
        }
        let name = path.file_name().unwrap_or_else(|| OsStr::new("entry"));
        rename(path, &self.trash().join(format!("{}.{}", name.display(), unique())))
    }

    pub(super) fn require_layers(&self, chain: &Chain) -> Result<()> {
        for layer in chain.layers() {
            if !exists(&self.layer(layer))? {
                return Err(Error::LayerMissing(layer.clone()));
            }
        }
        Ok(())
    }

    /// Fails if a mount table that can be seen shows `path` or something below it in use.
    pub(super) fn require_unmounted(&self, path: &Path, mounts: &Mounts) -> Result<()> {
        match mounts.holder(&Place::of(mounts, path)) {
            Some(by) => Err(Error::StillMounted { path: path.to_owned(), by }),
            None => Ok(()),
        }
    }
}

/// 16 hexadecimal digits that no other call returns.
pub(super) fn unique() -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("invariant: Linux has getrandom(2)");
    format!("{:016x}", u64::from_ne_bytes(bytes))
}
