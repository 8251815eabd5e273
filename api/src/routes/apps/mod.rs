//! Apps, and what is done with a whole app.

pub(crate) mod adopt;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod explore;
pub(crate) mod fork;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod restore;
pub(crate) mod sandbox;
pub(crate) mod snapshots;
pub(crate) mod task;
pub(crate) mod tasks;
pub(crate) mod update;
