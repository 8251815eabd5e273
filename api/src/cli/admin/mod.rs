//! `admin`: what an operator does on the host itself, over the database. Running processes see it
//! at once.

mod adopt;
mod backup;
mod doctor;
mod quota;
mod restore;
mod rotate_key;
mod show;
mod token;

use clap::{Args, Subcommand};
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::config::DataOptions;
use sandboxd_shared::domain::{NewAuditEntry, tenant};
use sandboxd_shared::store::Store;
use sandboxd_shared::telemetry::{self, LogOptions};
use serde_json::Value;

use super::installation;

/// Settings of `admin`.
#[derive(Debug, Args)]
pub struct AdminOptions {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    log: LogOptions,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Tokens: create, list, revoke.
    #[command(subcommand)]
    Token(token::Token),
    /// Quotas of a tenant: set, show.
    #[command(subcommand)]
    Quota(quota::Quota),
    /// Gives all that one tenant has to another.
    Adopt(adopt::Adopt),
    /// Makes a new master key, seals all config with it and drops the old one. Nothing has to be
    /// restarted; can be broken off and begun again.
    RotateKey(rotate_key::RotateKey),
    /// Looks at engine, network, disk, database, clock and queues, and says what to do. Changes
    /// nothing; ends with 1 if something is broken.
    Doctor(doctor::Doctor),
    /// Copies the database and all sealed layers into a folder, while everything runs. Needs root.
    Backup(backup::Backup),
    /// Brings a backup back into an empty data directory. Needs root.
    Restore(restore::Restore),
}

pub(super) async fn run(options: AdminOptions) -> anyhow::Result<()> {
    telemetry::init(&options.log);
    let verb = match options.verb {
        Verb::RotateKey(verb) => return rotate_key::run(&options.data, verb).await,
        Verb::Doctor(verb) => return doctor::run(&options.data, &verb).await,
        Verb::Backup(verb) => return backup::run(&options.data, &verb).await,
        Verb::Restore(verb) => return restore::run(&options.data, &verb).await,
        verb => verb,
    };
    let (store, _) = installation::open(&options.data).await?;
    let done = verb.run(&store).await;
    store.close().await;
    println!("{}", done?.trim_end());
    Ok(())
}

impl Verb {
    /// What is to be printed.
    async fn run(&self, store: &Store) -> anyhow::Result<String> {
        match self {
            Self::Token(verb) => verb.run(store).await,
            Self::Quota(verb) => verb.run(store).await,
            Self::Adopt(verb) => verb.run(store).await,
            Self::RotateKey(_) | Self::Doctor(_) | Self::Backup(_) | Self::Restore(_) => {
                unreachable!("done before")
            }
        }
    }
}

/// A tenant's name on the command line.
fn parse_tenant(text: &str) -> Result<String, String> {
    if tenant::is_name(text) {
        return Ok(text.to_owned());
    }
    Err(format!("a tenant's name has 1 to {} of A-Z a-z 0-9 . _ -", tenant::NAME_MAX))
}

/// What the log of a tenant says of an operator's act.
fn audit_entry(owner: &str, action: &str, targets: Value, at: Timestamp) -> NewAuditEntry {
    NewAuditEntry {
        owner: owner.to_owned(),
        actor: "admin".to_owned(),
        action: action.to_owned(),
        method: String::new(),
        route: String::new(),
        targets,
        status: None,
        request_id: None,
        peer: None,
        at,
    }
}
