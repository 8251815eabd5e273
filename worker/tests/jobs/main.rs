//! Proof of the worker: real rows, real directories, an engine in memory, and workers that are
//! killed, stopped and drained.
//!
//! It needs root: uppers belong to the sandbox's user, and the drivers prove that nothing mounts
//! them. A test that arms crash points owns the process; nextest gives each test one anyway.

#![cfg(feature = "failpoints")]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking; clippy exempts only test functions"
)]

mod agent;
mod always_on;
mod ask;
mod cancel;
mod chains;
mod checkpoints;
mod config;
mod diff;
mod doctor;
mod exhausted;
mod explore;
mod fakes;
mod files;
mod happy;
mod health;
mod idle;
mod look;
mod memory;
mod node;
mod oversized;
mod random;
mod receiver;
mod reconcile;
mod runner;
mod service;
mod sessions;
mod snapshot_files;
mod steps;
mod takeover;
mod task_kit;
mod tasks;
mod trial;
mod webhooks;
mod webhooks_apart;
mod worker;
