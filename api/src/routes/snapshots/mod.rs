//! Snapshots.

pub(crate) mod capture;
pub(crate) mod delete;
pub(crate) mod diff;
pub(crate) mod file_content;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod rename;
