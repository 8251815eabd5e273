//! The routes: a file per endpoint, with its request, its answer and its handler.

pub(crate) mod agents;
pub(crate) mod apps;
pub(crate) mod audit;
pub(crate) mod config;
pub(crate) mod description;
pub(crate) mod events;
pub(crate) mod health;
mod lookup;
pub(crate) mod operations;
pub(crate) mod preview_tokens;
pub(crate) mod quotas;
pub(crate) mod sandboxes;
pub(crate) mod session;
pub(crate) mod snapshots;
pub(crate) mod tasks;
pub(crate) mod webhooks;
pub(crate) mod workers;
