//! Tests at start that the copier keeps what layers consist of.
//!
//! A `cp` that drops `trusted.*` attributes, or a worker without CAP_SYS_ADMIN, ends with success
//! and a wrong snapshot: deleted files come back and renamed directories are empty.

use super::blocking;
use super::copier::copy_tree;
use super::error::{Error, Result};
use super::layout::Layout;
use rustix::fs::{CWD, FileType, Gid, Mode, Stat, Uid, XattrFlags};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const CHECK_LIMIT: Duration = Duration::from_secs(30);
const OWNER: u32 = 1000;
const HOLE: u64 = 4 << 20;
const ATTRIBUTES: [(&str, &str); 2] = [("dir", "trusted.overlay.redirect"), ("a", "user.check")];

/// # Errors
/// [`Error::CopierUnfit`] with the first thing that the copy lacks.
pub(super) async fn check_copier(layout: &Arc<Layout>) -> Result<()> {
    let (sample, copy) = (layout.part("copier-check"), layout.part("copier-check"));
    let from = sample.clone();
    blocking::run(move || make_sample(&from)).await?;
    let outcome = match copy_tree(&sample, &copy, CHECK_LIMIT).await {
        Ok(()) => {
            let copy = copy.clone();
            blocking::run(move || inspect(&copy)).await
        }
        Err(error) => Err(error),
    };
    let layout = Arc::clone(layout);
    blocking::run(move || layout.throw_away(&sample).and_then(|()| layout.throw_away(&copy)))
        .await?;
    outcome
}

fn make_sample(root: &Path) -> Result<()> {
    make_entries(root).map_err(Error::at("make a sample", root))?;
    for (name, attribute) in ATTRIBUTES {
        let path = root.join(name);
        if rustix::fs::lsetxattr(&path, attribute, b"kept", XattrFlags::empty()).is_err() {
            return Err(Error::CopierUnfit("extended attributes, nor does the file system"));
        }
    }
    Ok(())
}

fn make_entries(root: &Path) -> io::Result<()> {
    let at = |name: &str| root.join(name);
    fs::create_dir(root)?;
    fs::create_dir(at("dir"))?;
    fs::write(at("a"), "content")?;
    fs::hard_link(at("a"), at("b"))?;
    std::os::unix::fs::symlink("a", at("link"))?;
    rustix::fs::chown(at("a"), Some(Uid::from_raw(OWNER)), Some(Gid::from_raw(OWNER)))?;
    rustix::fs::chmod(at("a"), Mode::from_raw_mode(0o4751))?;
    rustix::fs::mknodat(CWD, at("gone"), FileType::CharacterDevice, Mode::empty(), 0)?;
    rustix::fs::mknodat(CWD, at("fifo"), FileType::Fifo, Mode::RUSR, 0)?;
    fs::File::create(at("sparse"))?.set_len(HOLE)
}

fn inspect(root: &Path) -> Result<()> {
    let stat = |name: &str| {
        let path: PathBuf = root.join(name);
        rustix::fs::lstat(&path).map_err(Error::at("inspect a copy", &path))
    };
    let kind = |stat: &Stat| FileType::from_raw_mode(stat.st_mode);
    let (a, b, gone, sparse) = (stat("a")?, stat("b")?, stat("gone")?, stat("sparse")?);
    let need = |kept: bool, what| if kept { Ok(()) } else { Err(Error::CopierUnfit(what)) };
    need((a.st_uid, a.st_gid) == (OWNER, OWNER), "owners")?;
    need(a.st_mode & 0o7777 == 0o4751, "modes")?;
    need(a.st_ino == b.st_ino, "hard links")?;
    need(kind(&stat("link")?) == FileType::Symlink, "symlinks")?;
    need(kind(&stat("fifo")?) == FileType::Fifo, "FIFOs")?;
    need(kind(&gone) == FileType::CharacterDevice && gone.st_rdev == 0, "whiteouts")?;
    let blocks = u64::try_from(sparse.st_blocks).unwrap_or(u64::MAX);
    need(blocks.saturating_mul(512) < HOLE / 2, "holes")?;
    for (name, attribute) in ATTRIBUTES {
        let mut value = [0_u8; 8];
        let read = rustix::fs::lgetxattr(root.join(name), attribute, &mut value);
        need(read == Ok(4) && value.starts_with(b"kept"), attribute)?;
    }
    Ok(())
}
