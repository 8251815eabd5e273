//! `admin token list`

use clap::Args;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::store::Store;
use sandboxd_shared::store::tokens::{self, Listed};
use serde_json::{Value, json};

use crate::cli::admin::{parse_tenant, show};

/// Which.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those of one tenant.
    #[arg(long, value_parser = parse_tenant)]
    tenant: Option<String>,
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
}

impl List {
    /// The tokens; those of the settings are there once they were used.
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<String> {
        let found = tokens::list(&mut *store.read().await?, self.tenant.as_deref()).await?;
        let now = store.clock().now();
        if self.json {
            let shown: Vec<Value> = found.iter().map(|token| to_json(token, now)).collect();
            return Ok(json!({ "tokens": shown }).to_string());
        }
        let time = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let rows: Vec<Vec<String>> = found
            .iter()
            .map(|token| {
                vec![
                    token.token.clone(),
                    token.tenant.clone(),
                    token.label.clone(),
                    token.source.clone(),
                    state(token, now).to_owned(),
                    time(token.created_at),
                    time(token.last_used_at),
                ]
            })
            .collect();
        let headings = ["id", "tenant", "label", "source", "state", "created", "last used"];
        Ok(show::table(&headings, &rows))
    }
}

fn state(token: &Listed, now: Timestamp) -> &'static str {
    if token.revoked_at.is_some() {
        "revoked"
    } else if token.expires_at.is_some_and(|end| end <= now) {
        "expired"
    } else {
        "live"
    }
}

fn to_json(token: &Listed, now: Timestamp) -> Value {
    json!({
        "id": token.token,
        "tenant": token.tenant,
        "label": token.label,
        "source": token.source,
        "state": state(token, now),
        "created_at": token.created_at,
        "last_used_at": token.last_used_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    })
}
