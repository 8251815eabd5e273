//! How rows look to clients.

mod finished;
mod operation;
mod sandbox;

pub(crate) use finished::finished;
pub(crate) use operation::operation;
pub(crate) use sandbox::sandbox;
