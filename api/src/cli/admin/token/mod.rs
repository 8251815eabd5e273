//! `admin token`

mod create;
mod list;
mod revoke;

use clap::Subcommand;
use sandboxd_shared::store::Store;

/// What is done with tokens.
#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Makes a token for a tenant and prints it, once.
    Create(create::Create),
    /// Lists tokens, and when they were last used.
    List(list::List),
    /// Ends a token, and the sessions that were made with it.
    Revoke(revoke::Revoke),
}

impl Token {
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<String> {
        match self {
            Self::Create(verb) => verb.run(store).await,
            Self::List(verb) => verb.run(store).await,
            Self::Revoke(verb) => verb.run(store).await,
        }
    }
}
