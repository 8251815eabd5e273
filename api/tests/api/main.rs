//! The HTTP API as a client sees it, over a real listener and a database of its own. Where an
//! operation has to finish, the suite plays the worker.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

mod support;

mod adopt;
mod agents;
mod app_tasks;
mod apps;
mod audit;
mod audited;
mod backups;
mod bad_input;
mod cancel;
mod config;
mod config_secrecy;
mod console;
mod diffs;
mod doctor;
mod documented;
mod egress;
mod envelope;
mod events;
mod explore;
mod files;
mod fuzzed;
mod hang_ups;
mod idempotency;
mod idle_sockets;
mod lifecycle;
mod lists;
mod opening;
mod prefer;
mod preview_tokens;
mod programs;
mod quotas;
mod rates;
mod readiness;
mod revoked;
mod routes;
mod sandboxes;
mod sessions;
mod snapshots;
mod task_output;
mod tasks;
mod tasks_in_the_way;
mod tenancy;
mod tokens;
mod turns;
mod two_processes;
mod upgrades;
mod waits;
mod wakes;
mod webhooks;
mod workers;
