//! The runtime on a Docker engine, through bollard.
//!
//! Facts about the engine in comments were seen on 20.10 unless they say otherwise. Note for
//! whoever configures logging: bollard logs request bodies at debug level, environment included;
//! keep its target at `info`.

mod body;
mod client;
mod config;
mod container;
mod create;
mod engine;
mod events;
mod exec;
mod failure;
mod labels;
mod network;
mod once;
mod routes;
mod runtime;
mod state;
mod volume;

pub use client::DockerRuntime;
pub use config::{CallLimits, DockerConfig};
