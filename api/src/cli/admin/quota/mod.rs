//! `admin quota`

mod set;
mod show_quotas;

use clap::Subcommand;
use sandboxd_shared::store::Store;

/// What is done with quotas.
#[derive(Debug, Subcommand)]
pub(super) enum Quota {
    /// Gives a tenant limits of its own.
    Set(set::Set),
    /// Shows a tenant's limits, and what it uses.
    Show(show_quotas::Show),
}

impl Quota {
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<String> {
        match self {
            Self::Set(verb) => verb.run(store).await,
            Self::Show(verb) => verb.run(store).await,
        }
    }
}
