//! The handlers: a file for each kind of job, as lists of named, idempotent steps. What accepting
//! and ending a job changes in rows is in `shared::jobs`.

mod capture_snapshot;
mod compact_layer;
mod create_sandbox;
mod delete_sandbox;
mod dispatch;
mod explore_app;
mod fork_app;
mod restore_app;
mod run_task;
mod start_sandbox;
mod stop_sandbox;
mod tools;

pub use dispatch::{Done, Jobs};
pub use tools::Tools;
