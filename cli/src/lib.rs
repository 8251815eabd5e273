//! The command line of sandboxd, and its MCP server: a client of the HTTP API that knows nothing else
//! of an installation.

mod cli;
pub mod client;
mod commands;
mod mcp;
mod output;
mod resolve;
mod session;
pub mod settings;

pub use cli::{Cli, run};
pub use settings::Environment;
