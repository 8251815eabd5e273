//! The preview gateway: hosts of the form `s-<sandbox>-<port>.preview.<domain>` are forwarded
//! to the sandbox they name, which is woken first if it sleeps.
//!
//! The way of a request: `serve` accepts, `handler` resolves and refuses, `hold` waits for a
//! sandbox that isn't up yet, `pool` lends a connection, `forward` sends and `body` streams.
//!
//! Architecture invariants. Nothing here resolves a name: only an address that the directory
//! gives for a running sandbox is dialled, and what was opened to an address is closed as soon
//! as the directory no longer says so. Nothing here speaks SQL or Docker. Nothing is woken for
//! a request that isn't authorised.

mod access_log;
mod activity;
mod authorise;
mod body;
mod config;
mod conversation;
mod directory;
mod drain;
mod forward;
mod handler;
mod headers;
mod hold;
mod host;
mod lobby;
mod page;
mod pool;
mod pools;
mod refusal;
mod serve;
mod sweep;
mod target;
mod tunnel;
mod turns;

pub use config::{GatewayConfig, Limits};
pub use directory::{Directory, Route, Status, WakeError, Waker};
pub use serve::{bind, serve};
