//! The worker: it runs jobs, and it alone touches the container engine and workspace directories.

pub mod agents;
pub mod broker;
pub mod config;
pub mod doctor;
pub mod failpoint;
pub mod firewall;
pub mod health;
pub mod idle;
pub mod jobs;
pub mod node;
pub mod process;
pub mod queue;
pub mod reconcile;
pub mod runner;
pub mod runtime;
pub mod sandbox;
pub mod tasks;
pub mod webhooks;
pub mod workspace;
