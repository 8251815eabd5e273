//! The worker: it runs jobs, and it alone touches Docker and workspace directories.

pub mod failpoint;
pub mod workspace;
