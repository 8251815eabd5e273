//! The HTTP API as a client sees it, over a real listener and a database of its own. Where an
//! operation has to finish, the suite plays the worker.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

mod support;

mod apps;
mod bad_input;
mod cancel;
mod documented;
mod envelope;
mod events;
mod hang_ups;
mod idempotency;
mod lifecycle;
mod lists;
mod opening;
mod prefer;
mod readiness;
mod sandboxes;
mod snapshots;
mod tenancy;
mod two_processes;
mod waits;
mod webhooks;
mod workers;
