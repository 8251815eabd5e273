//! The database. A file per aggregate; functions take a connection and the caller owns the
//! transaction, so that a state change, its event and its job commit together.

#[macro_use]
mod columns;

pub mod apps;
pub mod audit;
pub mod backlog;
pub mod checkpoints;
pub mod claim;
pub mod config;
mod db;
pub mod events;
pub mod generations;
pub mod idempotency;
pub mod layers;
pub mod leases;
pub mod memory_promises;
mod migrate;
pub mod network;
pub mod nodes;
pub mod operations;
pub mod owners;
mod patience;
pub mod preview_tokens;
pub mod queue;
pub mod quotas;
pub mod restarts;
pub mod restored;
mod row;
pub mod sandboxes;
pub mod sessions;
mod setup_lock;
pub mod snapshots;
pub mod stuck;
pub mod task_history;
pub mod task_output;
pub mod tasks;
pub mod tokens;
pub mod usage;
pub mod webhooks;
pub mod workers;

pub use db::{Store, StoreError, WriteTx, read_file};
pub use migrate::{Schema, migrate, schema};
pub use sqlx::SqliteConnection as Connection;

/// A page of a list: newest first, strictly older than `before`.
#[derive(Debug, Clone)]
pub struct Page {
    /// How many rows at most.
    pub limit: i64,
    /// The id that the page comes after.
    pub before: Option<String>,
}
