//! `admin quota set`

use clap::Args;
use sandboxd_shared::config::parse_size;
use sandboxd_shared::domain::Quota;
use sandboxd_shared::store::{Store, audit, quotas};
use serde_json::{Map, Value};

use crate::cli::admin::{audit_entry, parse_tenant};

/// Whose, and which.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The tenant.
    #[arg(long, value_parser = parse_tenant)]
    tenant: String,
    /// Limits as quota=limit: running=5, disk_bytes=20g; 0 = no limit, default = the settings'.
    #[arg(required = true, value_parser = parse_limit)]
    limits: Vec<Given>,
}

/// A limit; none for that of the settings.
#[derive(Debug, Clone, Copy)]
struct Given(Quota, Option<i64>);

impl Set {
    /// What was done.
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<String> {
        let now = store.clock().now();
        let mut tx = store.write().await?;
        let mut targets = Map::new();
        for Given(quota, value) in &self.limits {
            quotas::set(&mut tx, &self.tenant, *quota, *value).await?;
            targets.insert(quota.to_string(), value.map_or(Value::Null, Value::from));
        }
        let entry = audit_entry(&self.tenant, "set_quotas", Value::Object(targets), now);
        audit::append(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(format!("{} limits of tenant {} are set.", self.limits.len(), self.tenant))
    }
}

fn parse_limit(text: &str) -> Result<Given, String> {
    let (name, value) = text.split_once('=').ok_or("write quota=limit, as running=5")?;
    let quota: Quota = name.parse()?;
    if value == "default" {
        return Ok(Given(quota, None));
    }
    let value = match quota {
        Quota::DiskBytes => parse_size(value)?,
        _ => value.parse::<u64>().map_err(|_| format!("{value:?} isn't a number"))?,
    };
    i64::try_from(value).map(|value| Given(quota, Some(value))).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_a_size_or_the_default() {
        let parse = |text| parse_limit(text).map(|Given(quota, value)| (quota, value));
        assert_eq!(parse("running=5"), Ok((Quota::Running, Some(5))));
        assert_eq!(parse("disk_bytes=2g"), Ok((Quota::DiskBytes, Some(2 << 30))));
        assert_eq!(parse("tasks=default"), Ok((Quota::Tasks, None)));
        for bad in ["running", "running=", "running=-1", "ran=1", "running=2g"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
