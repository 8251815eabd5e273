//! Signing in and out, for browsers.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
