//! The commands, a group a file: what they take, what they ask of the API, and how they show it.

pub(crate) mod agents;
pub(crate) mod apps;
pub(crate) mod config;
pub(crate) mod contexts;
pub(crate) mod doctor;
pub(crate) mod events;
pub(crate) mod exec;
mod explore;
pub(crate) mod files;
pub(crate) mod operations;
mod page;
pub(crate) mod queues;
pub(crate) mod quotas;
mod retry;
pub(crate) mod sandboxes;
mod secret;
pub(crate) mod shell;
pub(crate) mod snapshots;
pub(crate) mod tasks;
mod terminal;
mod tree;
pub(crate) mod webhooks;
mod work;
pub(crate) mod workers;
