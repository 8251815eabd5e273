//! Whether two files of the same size hold the same.

use super::change::FileKind;
use super::entry::Entry;
use crate::workspace::below::PATH_MAX;
use crate::workspace::error::{Error, Result};
use rustix::fs::{Mode, OFlags};
use std::ffi::CStr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Instant;

/// Bytes that are compared at a time.
const PIECE: usize = 128 << 10;

/// What may still be read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) left: u64,
    pub(super) deadline: Instant,
}

impl Reading {
    /// Whether two regular files hold the same bytes; `None` where too many would have to be read.
    pub(super) fn same_bytes(
        &mut self,
        [before, after]: [&OwnedFd; 2],
        name: &CStr,
        root: &Path,
    ) -> Result<Option<bool>> {
        let (before, after) = (open(before, name, root)?, open(after, name, root)?);
        let (mut one, mut other) = (vec![0; PIECE], vec![0; PIECE]);
        loop {
            if self.left == 0 || Instant::now() >= self.deadline {
                return Ok(None);
            }
            let length = fill(&before, &mut one, root)?;
            if length != fill(&after, &mut other, root)? || one[..length] != other[..length] {
                return Ok(Some(false));
            }
            if length < PIECE {
                return Ok(Some(true));
            }
            self.left = self.left.saturating_sub(PIECE as u64);
        }
    }
}

/// Whether two symlinks lead to the same.
pub(super) fn same_target(
    [before, after]: [&OwnedFd; 2],
    name: &CStr,
    root: &Path,
) -> Result<bool> {
    let read = |directory| {
        rustix::fs::readlinkat(directory, name, Vec::with_capacity(PATH_MAX))
            .map_err(Error::at("read a symlink in", root))
    };
    Ok(read(before)? == read(after)?)
}

/// The beginning of a regular file, `length` bytes at most; `None` where there is none.
pub(super) fn beginning(
    directory: &OwnedFd,
    name: &CStr,
    length: usize,
    root: &Path,
) -> Result<Option<Vec<u8>>> {
    if !matches!(Entry::of(directory, name, root)?, Some(Entry::File(found)) if found.state.kind == FileKind::File)
    {
        return Ok(None);
    }
    let mut bytes = vec![0; length];
    let read = fill(&open(directory, name, root)?, &mut bytes, root)?;
    bytes.truncate(read);
    Ok(Some(bytes))
}

fn open(directory: &OwnedFd, name: &CStr, root: &Path) -> Result<OwnedFd> {
    // Without waiting, should it be no file after all.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::openat(directory, name, flags, Mode::empty())
        .map_err(Error::at("open a file in", root))
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &OwnedFd, buffer: &mut [u8], root: &Path) -> Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match rustix::io::read(file, &mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(rustix::io::Errno::INTR) => {}
            Err(source) => return Err(Error::at("read a file in", root)(source)),
        }
    }
    Ok(length)
}
