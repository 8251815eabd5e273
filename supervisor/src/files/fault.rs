//! What the kernel says, in the protocol's words.

use std::fmt::Display;

use rustix::io::Errno;

use crate::protocol::Refusal;

/// A refusal that names what it was about: a path as the caller gave it, or a thing.
pub(crate) fn fault(about: impl Display, error: impl Into<std::io::Error>) -> Refusal {
    let error = error.into();
    let (code, why) = match Errno::from_io_error(&error) {
        Some(Errno::NOENT) => ("not_found", "doesn't exist"),
        Some(Errno::NOTDIR) => ("not_a_directory", "isn't a folder, or a part of it isn't"),
        Some(Errno::ISDIR | Errno::NXIO | Errno::NODEV) => ("not_a_file", "isn't a regular file"),
        Some(Errno::XDEV) => ("outside", "leads out of the app folder"),
        Some(Errno::LOOP) => ("outside", "leads through too many or forbidden links"),
        Some(Errno::NOSPC | Errno::DQUOT) => ("no_space", "the disk or its quota is full"),
        Some(Errno::FBIG) => ("too_large", "is too large"),
        Some(Errno::ACCESS | Errno::PERM) => ("not_permitted", "its mode doesn't permit that"),
        Some(Errno::ROFS) => ("not_permitted", "is on a read-only file system"),
        Some(Errno::NAMETOOLONG) => ("invalid_request", "is too long"),
        Some(Errno::NOTEMPTY | Errno::EXIST) => ("not_empty", "isn't empty; ask for recursive"),
        Some(Errno::MFILE | Errno::NFILE) => ("busy", "too many files are open; try again"),
        Some(Errno::NOMEM | Errno::AGAIN) => ("busy", "resources are short; try again"),
        _ => return Refusal::new("internal", format!("{about}: {error}")),
    };
    Refusal::new(code, format!("{about}: {why}"))
}
