//! The command line: a file per subcommand, each with its own settings.

mod gateway;
mod installation;
mod migrate;
mod openapi;
mod serve;
mod signals;

use clap::{Parser, Subcommand};

pub use gateway::GatewayOptions;
pub use migrate::MigrateOptions;
pub use openapi::OpenApiOptions;
pub use serve::ServeOptions;

/// The API of sandboxd.
#[derive(Debug, Parser)]
#[command(name = "sandboxd-api", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the HTTP API.
    Serve(Box<ServeOptions>),
    /// Serves the previews.
    Gateway(GatewayOptions),
    /// Brings the database's schema up to date and ends.
    Migrate(MigrateOptions),
    /// Prints the OpenAPI document of the HTTP API.
    #[command(name = "openapi")]
    OpenApi(OpenApiOptions),
}

impl Cli {
    /// Does what the command line says.
    ///
    /// # Errors
    /// A sentence for the operator, with its causes.
    pub async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve(options) => serve::run(*options).await,
            Command::Gateway(options) => gateway::run(options).await,
            Command::Migrate(options) => migrate::run(options).await,
            Command::OpenApi(options) => openapi::run(&options),
        }
    }
}
