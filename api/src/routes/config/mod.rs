//! An app's config. Sensitive values go in and never come out.

pub(crate) mod create;
pub(crate) mod delete;
mod entry;
mod limits;
pub(crate) mod list;
mod path;
pub(crate) mod update;
