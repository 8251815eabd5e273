//! `admin quota show`

use clap::Args;
use sandboxd_shared::domain::Quota;
use sandboxd_shared::jobs::quota;
use sandboxd_shared::store::{Store, quotas};
use serde_json::{Map, json};

use crate::cli::admin::{parse_tenant, show};

/// Whose.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The tenant.
    #[arg(long, value_parser = parse_tenant)]
    tenant: String,
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
}

impl Show {
    /// Limits, where they come from, and use.
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<String> {
        let now = store.clock().now();
        let mut conn = store.read().await?;
        let limits = quotas::of(&mut conn, &self.tenant).await?;
        let given = quotas::given(&mut conn, &self.tenant).await?;
        let (mut rows, mut shown) = (Vec::new(), Map::new());
        for quota in Quota::ALL {
            let used = match quota {
                // Each API process counts its own.
                Quota::RequestsPerMinute => None,
                _ => Some(quota::used(&mut conn, &self.tenant, *quota, now).await?),
            };
            let limit = limits.get(*quota);
            let own = given.iter().any(|(name, _)| name == quota);
            let from = if own { "tenant" } else { "settings" };
            let text = |number: Option<i64>, none: &str| {
                number.map_or_else(|| none.to_owned(), |number| number.to_string())
            };
            rows.push(vec![
                quota.to_string(),
                text(limit, "none"),
                text(used, "-"),
                from.to_owned(),
            ]);
            let view = json!({ "limit": limit, "used": used, "from": from });
            shown.insert(quota.to_string(), view);
        }
        if self.json {
            return Ok(json!({ "tenant": self.tenant, "quotas": shown }).to_string());
        }
        Ok(show::table(&["quota", "limit", "used", "from"], &rows))
    }
}
