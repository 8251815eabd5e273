//! How rows look to clients.

mod finished;
mod operation;
mod sandbox;

pub(crate) use finished::finished;
pub(crate) use operation::{OperationView, ResultView, operation};
pub(crate) use sandbox::{SandboxView, sandbox};
