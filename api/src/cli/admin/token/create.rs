//! `admin token create`

use std::time::Duration;

use clap::Args;
use sandboxd_shared::config::parse_duration;
use sandboxd_shared::domain::Name;
use sandboxd_shared::ids::TokenId;
use sandboxd_shared::store::{Store, audit, tokens};
use serde_json::json;

use crate::auth::new_token;
use crate::cli::admin::{audit_entry, parse_tenant};

/// Whose, and what for.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The tenant that it stands for.
    #[arg(long, value_parser = parse_tenant)]
    tenant: String,
    /// What it is for; the audit log shows it.
    #[arg(long, default_value = "unnamed", value_parser = parse_label)]
    label: String,
    /// After how long it ends by itself, as 90d; 0 = never.
    #[arg(long, default_value = "0", value_parser = parse_duration)]
    expires_in: Duration,
}

impl Create {
    /// The token.
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<String> {
        let secret = new_token()?;
        let now = store.clock().now();
        let token = tokens::Token {
            id: TokenId::generate(),
            tenant: self.tenant.clone(),
            label: self.label.clone(),
            hash: blake3::hash(secret.as_bytes()).to_hex().to_string(),
            created_at: now,
            expires_at: (!self.expires_in.is_zero()).then(|| now.plus(self.expires_in)),
            revoked_at: None,
        };
        let targets = json!({ "token_id": token.id });
        let mut tx = store.write().await?;
        tokens::insert(&mut tx, &token).await?;
        audit::append(&mut tx, &audit_entry(&self.tenant, "create_token", targets, now)).await?;
        tx.commit().await?;
        eprintln!("Token {} of tenant {}; it isn't shown again:", token.id, token.tenant);
        Ok(secret)
    }
}

fn parse_label(text: &str) -> Result<String, String> {
    Name::parse(text).map(|name| name.as_str().to_owned()).map_err(|error| error.to_string())
}
