//! `sandbox-init files`: the file operations over descriptors that were inherited, for a
//! workspace that no sandbox runs on.

use std::ffi::OsString;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;

use rustix::fs::{FileType, fstat};
use rustix::io::{FdFlags, fcntl_setfd};
use thiserror::Error;

use crate::connection::converse;
use crate::files::Home;
use crate::ops::Context;
use crate::slots::Slots;

/// The lowest number a descriptor of ours can have: below are the standard streams.
const FIRST: RawFd = 3;

/// Why it didn't serve.
#[derive(Debug, Error)]
pub(crate) enum FilesModeError {
    #[error("usage: sandbox-init files --root-fd N --socket-fd N [--lock-fd N], numbers from 3 on")]
    Usage,
    #[error("{flag}: {what}")]
    Descriptor { flag: &'static str, what: String },
    #[error("the connection was cut: {0}")]
    Cut(io::Error),
}

/// Serves one connection. The lock is let go when the process ends.
pub(crate) fn run(flags: impl IntoIterator<Item = OsString>) -> Result<(), FilesModeError> {
    let [root, socket, lock] = parse(flags)?;
    let (Some(root), Some(socket)) = (root, socket) else { return Err(FilesModeError::Usage) };
    let root = inherited("--root-fd", root, FileType::Directory)?;
    let socket = inherited("--socket-fd", socket, FileType::Socket)?;
    let _lock = lock.map(|lock| inherited("--lock-fd", lock, FileType::RegularFile)).transpose()?;
    let context = Context { home: Home::new(root), live: None, long_requests: Mutex::default() };
    let (slots, streams) = (Slots::new(1), Slots::new(1));
    let slot = slots.take().expect("invariant: the first place is free");
    converse(UnixStream::from(socket), &context, slot, &streams).map_err(FilesModeError::Cut)
}

fn parse(flags: impl IntoIterator<Item = OsString>) -> Result<[Option<RawFd>; 3], FilesModeError> {
    let mut found = [None; 3];
    let mut flags = flags.into_iter();
    while let Some(flag) = flags.next() {
        let at = ["--root-fd", "--socket-fd", "--lock-fd"].iter().position(|name| flag == *name);
        let number = flags.next().and_then(|number| number.to_str()?.parse::<RawFd>().ok());
        let (Some(at), Some(number)) = (at, number.filter(|number| *number >= FIRST)) else {
            return Err(FilesModeError::Usage);
        };
        if found.contains(&Some(number)) || found[at].is_some() {
            return Err(FilesModeError::Usage);
        }
        found[at] = Some(number);
    }
    Ok(found)
}

/// Takes a descriptor over that the process was started with.
#[expect(unsafe_code, reason = "a number on the command line is all there is to go by")]
fn inherited(flag: &'static str, number: RawFd, kind: FileType) -> Result<OwnedFd, FilesModeError> {
    let refused = |what: String| FilesModeError::Descriptor { flag, what };
    // Asked of /proc first: to own a number that isn't open is a bug that ends the process.
    std::fs::symlink_metadata(format!("/proc/self/fd/{number}"))
        .map_err(|_| refused(format!("{number} isn't open")))?;
    // SAFETY: it is open, this process has opened nothing that it keeps before, and `parse` lets
    // no number be taken twice.
    let fd = unsafe { OwnedFd::from_raw_fd(number) };
    let stat = fstat(&fd).map_err(|error| refused(error.to_string()))?;
    if FileType::from_raw_mode(stat.st_mode) != kind {
        return Err(refused(format!("{number} isn't a {kind:?}")));
    }
    fcntl_setfd(&fd, FdFlags::CLOEXEC).map_err(|error| refused(error.to_string()))?;
    Ok(fd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(flags: &[&str]) -> Option<[Option<RawFd>; 3]> {
        parse(flags.iter().map(OsString::from)).ok()
    }

    #[test]
    fn flags_are_numbers_each_used_once() {
        let both = parsed(&["--socket-fd", "4", "--root-fd", "3"]);
        assert_eq!(both, Some([Some(3), Some(4), None]));
        for wrong in [
            &["--root-fd"][..],
            &["--root-fd", "x"],
            &["--root-fd", "2"],
            &["--root-fd", "-1"],
            &["--root-fd", "3", "--socket-fd", "3"],
            &["--root-fd", "3", "--root-fd", "4"],
            &["--what", "3"],
        ] {
            assert_eq!(parsed(wrong), None, "{wrong:?}");
        }
    }
}
