//! `admin adopt`: after auth was turned on, what was made before belongs to somebody.

use anyhow::bail;
use clap::Args;
use sandboxd_shared::domain::{EventType, NewEvent};
use sandboxd_shared::store::{Store, audit, events, owners};
use serde_json::{Map, Value, json};

use super::{audit_entry, parse_tenant};

/// From whom to whom.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// The tenant that has it.
    #[arg(long, value_parser = parse_tenant)]
    from: String,
    /// The tenant that gets it.
    #[arg(long, value_parser = parse_tenant)]
    to: String,
}

impl Adopt {
    /// What was done. Tokens and quotas of `from` stay: they say who may call, and how much.
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<String> {
        let (from, to) = (&self.from, &self.to);
        if from == to {
            bail!("{from} has its own things already");
        }
        let mut tx = store.write().await?;
        // A worker writes its operation's events for the owner that it has read.
        if let Some(operation) = owners::unfinished(&mut tx, from).await? {
            bail!("operation {operation} of {from} is under way; wait for it, or cancel it first");
        }
        if let Some((user, project)) = owners::shared_project(&mut tx, from, to).await? {
            bail!(
                "both {from} and {to} have a sandbox for project {project:?} of user {user:?}; \
                 delete one of them first"
            );
        }
        let now = store.clock().now();
        let moved = owners::move_all(&mut tx, from, to).await?;
        let counts: Map<String, Value> =
            moved.iter().map(|(table, rows)| ((*table).to_owned(), json!(rows))).collect();
        let apps = counts.get("apps").cloned().unwrap_or_default();
        let event = NewEvent::new(to, EventType::TenantAdopted)
            .payload(json!({ "from": from, "apps": apps }));
        events::append(&mut tx, &event, now).await?;
        for owner in [from, to] {
            let targets = json!({ "from": from, "to": to, "rows": counts });
            audit::append(&mut tx, &audit_entry(owner, "adopt", targets, now)).await?;
        }
        tx.commit().await?;
        let list: Vec<String> =
            moved.iter().map(|(table, rows)| format!("{rows} {table}")).collect();
        Ok(format!("{to} now has what {from} had: {}.", list.join(", ")))
    }
}
