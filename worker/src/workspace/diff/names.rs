//! Which names of a directory may differ.

use crate::workspace::below::open_below;
use crate::workspace::blocking::open_dir;
use crate::workspace::error::{Error, Result};
use rustix::fs::{AtFlags, Dir, FileType};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Bytes of names that are kept of one directory, with what each costs beside.
const NAMES_MAX: usize = 8 << 20;
/// What a name costs beside its bytes.
const NAME_COST: usize = 64;
/// With one of these a directory stands for more than it lists: it hides what is below it, or is
/// a renamed one whose contents are elsewhere below (`overlayfs.rst`).
const MARKS: [&str; 2] = ["trusted.overlay.opaque", "trusted.overlay.redirect"];

/// Where to look for differences in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Touched {
    /// Everywhere.
    All,
    /// Where one of these layers, given by index, has something.
    In(Vec<usize>),
}

/// Names of a directory, each with where to look if it is a directory on both sides.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) found: BTreeMap<CString, Touched>,
    bytes: usize,
    /// There are too many.
    pub(super) cut: bool,
}

impl Names {
    fn new() -> Self {
        Self { found: BTreeMap::new(), bytes: 0, cut: false }
    }

    /// All names of two directories.
    pub(super) fn of_directories(directories: [Option<&OwnedFd>; 2], root: &Path) -> Result<Self> {
        let mut names = Self::new();
        for directory in directories.into_iter().flatten() {
            names.read(directory, root, |_, _| Touched::All)?;
        }
        Ok(names)
    }

    /// The names that layers have in a directory; `None` if one of them stands for more.
    pub(super) fn of_layers(
        layers: &[PathBuf],
        indexes: &[usize],
        path: &CString,
    ) -> Result<Option<Self>> {
        let mut names = Self::new();
        for &index in indexes {
            let root = &layers[index];
            let Some(directory) = open_below(&open_dir(root)?, path, root)? else { continue };
            if stands_for_more(&directory, root)? {
                return Ok(None);
            }
            names.read(&directory, root, |present, kind| match present {
                // What is no directory in one layer can't be followed through the others.
                _ if kind != FileType::Directory => Touched::All,
                Some(Touched::All) => Touched::All,
                Some(Touched::In(others)) => Touched::In([&others[..], &[index]].concat()),
                None => Touched::In(vec![index]),
            })?;
        }
        Ok(Some(names))
    }

    fn read(
        &mut self,
        directory: &OwnedFd,
        root: &Path,
        touch: impl Fn(Option<&Touched>, FileType) -> Touched,
    ) -> Result<()> {
        for entry in Dir::read_from(directory).map_err(Error::at("list in", root))? {
            let entry = entry.map_err(Error::at("list in", root))?;
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            if self.bytes > NAMES_MAX {
                self.cut = true;
                return Ok(());
            }
            let kind = match entry.file_type() {
                FileType::Unknown => kind_of(directory, name, root)?,
                kind => kind,
            };
            let touched = touch(self.found.get(name), kind);
            self.bytes += name.to_bytes().len() + NAME_COST;
            self.found.insert(name.to_owned(), touched);
        }
        Ok(())
    }
}

fn kind_of(directory: &OwnedFd, name: &CStr, root: &Path) -> Result<FileType> {
    let stat = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)
        .map_err(Error::at("inspect in", root))?;
    Ok(FileType::from_raw_mode(stat.st_mode))
}

fn stands_for_more(directory: &OwnedFd, root: &Path) -> Result<bool> {
    for mark in MARKS {
        match rustix::fs::fgetxattr(directory, mark, &mut [0_u8; 1]) {
            Ok(_) | Err(Errno::RANGE) => return Ok(true),
            Err(Errno::NODATA | Errno::NOTSUP) => {}
            Err(source) => return Err(Error::at("read a mark in", root)(source)),
        }
    }
    Ok(false)
}
