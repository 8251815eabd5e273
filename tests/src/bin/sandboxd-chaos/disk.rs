//! A small file system for the data directory, which can be filled.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use rustix::fs::FallocateFlags;

/// Free space of which nothing is worth taking.
const BLOCK: u64 = 4096;

/// A file system in a file; taken away when dropped.
#[derive(Debug)]
pub(crate) struct SmallDisk {
    folder: PathBuf,
    /// What kind it is, for the report.
    pub(crate) kind: &'static str,
}

impl SmallDisk {
    /// An ext4 of `megabytes` at `folder`, over a loop device; where there are none, a tmpfs.
    pub(crate) fn mount(folder: PathBuf, megabytes: u64) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder.join("disk"))?;
        let image = folder.join("disk.img");
        File::create(&image)?.set_len(megabytes << 20)?;
        // Reserved blocks would be root's, and so would we be.
        run(Command::new("mkfs.ext4").args(["-q", "-F", "-m", "0"]).arg(&image))?;
        let at = folder.join("disk");
        let looped = Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&at).status();
        if looped.is_ok_and(|status| status.success()) {
            return Ok(Self { kind: "ext4 on a loop device", folder });
        }
        eprintln!("no loop device can be used here: the data directory is on a tmpfs");
        let size = format!("size={megabytes}m,mode=0700");
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "small"]).arg(&at))?;
        Ok(Self { kind: "tmpfs", folder })
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join("disk")
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Takes all but `leave` bytes.
    pub(crate) fn fill(&self, leave: u64) -> anyhow::Result<()> {
        let file = File::options().create(true).append(true).open(self.ballast())?;
        let mut step = free(&self.path())?.saturating_sub(leave);
        // What is free and what one file can get differ by the file system's own needs.
        while step >= BLOCK && free(&self.path())? > leave {
            let at = file.metadata()?.len();
            if rustix::fs::fallocate(&file, FallocateFlags::empty(), at, step).is_err() {
                step /= 2;
            }
        }
        if leave == 0 {
            let mut at = file.metadata()?.len();
            while file.write_at(&[1; BLOCK as usize], at).is_ok_and(|wrote| wrote > 0) {
                at += BLOCK;
            }
        }
        Ok(())
    }

    /// Gives it back.
    pub(crate) fn free_up(&self) {
        let _ = std::fs::remove_file(self.ballast());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a process that is being killed may have a file open for a moment.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
        let _ = std::fs::remove_dir(self.path());
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn free(path: &Path) -> anyhow::Result<u64> {
    let found = rustix::fs::statvfs(path)?;
    Ok(found.f_bavail * found.f_frsize)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok(())
}
