//! `sandboxctl` as its users run it: the real program against the real API over a database of its own.
//! A worker played by hand does what operations ask for; where a file or a program is asked for, a fake
//! node service answers. What really happens in sandboxes is tried in the tests package.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

mod support;

mod apps;
mod config;
mod connecting;
mod contexts;
mod doctor;
mod events;
mod explore;
mod files;
mod guide;
mod mcp;
mod operations;
mod programs;
mod repeating;
mod sandboxes;
mod snapshots;
mod tasks;
mod webhooks;
