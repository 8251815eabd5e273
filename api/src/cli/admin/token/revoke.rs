//! `admin token revoke`

use anyhow::bail;
use clap::Args;
use sandboxd_shared::ids::TokenId;
use sandboxd_shared::store::{Store, audit, sessions, tokens};
use serde_json::json;

use crate::cli::admin::audit_entry;

/// Which.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The token's id, as `list` shows it.
    id: String,
}

impl Revoke {
    /// What was done.
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<String> {
        if self.id.contains(':') {
            bail!("{} comes from the settings: take it out there and send SIGHUP", self.id);
        }
        let Ok(id) = self.id.parse::<TokenId>() else {
            bail!("{:?} isn't the id of a token; `admin token list` shows them", self.id);
        };
        let now = store.clock().now();
        let mut tx = store.write().await?;
        let Some(token) = tokens::revoke(&mut tx, id, now).await? else {
            bail!("there is no token {id}; `admin token list` shows them");
        };
        if token.revoked_at.is_some() {
            return Ok(format!("Token {id} of tenant {} was revoked before.", token.tenant));
        }
        let ended = sessions::delete_of_token(&mut tx, &token.hash).await?;
        let targets = json!({ "token_id": id });
        audit::append(&mut tx, &audit_entry(&token.tenant, "revoke_token", targets, now)).await?;
        tx.commit().await?;
        Ok(format!("Token {id} of tenant {} is revoked; {ended} sessions ended.", token.tenant))
    }
}
