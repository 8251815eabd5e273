//! The preview gateway: hosts of the form `s-<sandbox>-<port>.preview.<domain>` are forwarded
//! to the sandbox they name, which is woken first if it sleeps.
//!
//! The way of a request: `serve` accepts, `handler` resolves and refuses, `authorise` decides who
//! may see what (a link becomes a cookie in `exchange`), `hold` waits for a
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
mod cookies;
mod directory;
mod drain;
mod exchange;
mod forward;
mod framing;
mod handler;
mod headers;
mod hold;
mod host;
mod lobby;
mod local_path;
mod page;
mod pass;
mod pool;
mod pools;
mod refusal;
mod serve;
mod sweep;
mod target;
mod tunnel;
mod turns;

pub use config::{GatewayConfig, Limits};
pub use directory::{Directory, Grant, NoGrant, Route, Status, WakeError, Waker};
pub use framing::{InvalidOrigin, Origin};
pub(crate) use local_path::LocalPath;
pub use serve::{bind, serve};
