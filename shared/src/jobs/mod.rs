//! The intents of jobs: what is asked, what accepting it changes, and what its end changes. A
//! file per kind. All of it is rows; what a job does to containers and files is in the worker.
//!
//! `accept` checks fully, then writes operation, poke and first event in the caller's
//! transaction. `succeed` and `fail` are called in the transaction that ends the operation.

mod accept;
pub mod adopt_app;
pub mod capture_snapshot;
pub mod compact_layer;
pub mod create_sandbox;
pub mod delete_app;
pub mod delete_sandbox;
pub mod delete_snapshot;
pub mod explore_app;
mod fail;
pub mod fork_app;
pub mod quota;
pub mod restore_app;
pub mod run_task;
pub mod start_sandbox;
pub mod stop_sandbox;

pub use accept::{Accepted, Defaults, Refusal, input, usable};
pub use fail::{Found, cancel, fail};
pub use run_task::RunningTask;
