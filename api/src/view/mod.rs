//! How rows look to clients.

mod finished;
mod operation;
mod sandbox;

pub(crate) use finished::final_answer;
pub(crate) use operation::operation;
pub(crate) use sandbox::sandbox;
