//! Whether an installation is as it must be, found out without its own code: rows by SQL,
//! containers by the docker command, workspaces and mounts on the file system.

pub(crate) mod contents;
pub(crate) mod operations;
pub(crate) mod seals;
pub(crate) mod settled;
pub(crate) mod timeline;
