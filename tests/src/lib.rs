//! What the end-to-end suites and the benches share: a whole installation as real processes over
//! a real engine, and a client that speaks to it as a user would.

mod client;
mod collector;
mod docker;
mod engine_switch;
mod internet;
pub mod model;
mod process;
mod settings;
mod stack;

pub use client::{Answer, Client};
pub use collector::{Collector, Span};
pub use docker::Docker;
pub use engine_switch::EngineSwitch;
pub use internet::{Internet, serve_dns, serve_tcp, serve_udp};
pub use process::Process;
pub use settings::Settings;
pub use stack::{Stack, StackOptions};
