//! `sandboxctl` over a whole installation: real processes, real sandboxes, real agents. That each of its
//! commands does what it says is tried in its own suite, without an engine.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

mod ctl;
mod tasks;
mod tools;
mod work;
