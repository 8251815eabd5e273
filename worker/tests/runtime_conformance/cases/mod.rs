//! What every runtime must do.

pub(crate) mod create;
pub(crate) mod engine;
pub(crate) mod events;
pub(crate) mod exec;
pub(crate) mod lifecycle;
pub(crate) mod volumes;
