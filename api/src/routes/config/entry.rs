//! An entry as clients see it.

use sandboxd_shared::app_config::open;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{AccessPolicy, ConfigEntry, ConfigKey};
use sandboxd_shared::ids::AppId;
use sandboxd_shared::secrets::KeyRing;
use sandboxd_shared::store::StoreError;
use sandboxd_shared::store::config::Row;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// An entry of an app's config.
#[derive(Serialize, ToSchema)]
#[schema(as = ConfigEntry)]
pub(crate) struct EntryView {
    key: ConfigKey,
    /// Left out if it is sensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    value: Option<String>,
    /// Whether the value is never shown again.
    sensitive: bool,
    access_policy: AccessPolicy,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// The entry, with its value unless that is sensitive.
pub(super) fn shown(ring: &KeyRing, app: AppId, row: &Row) -> Result<EntryView, StoreError> {
    let mut entry = without_value(&row.entry);
    if !row.entry.sensitive {
        let value = open(ring, app, &row.entry.key, &row.sealed)?;
        entry.value = Some(value.expose_secret().to_owned());
    }
    Ok(entry)
}

/// The entry, without its value even if that may be seen.
pub(super) fn without_value(entry: &ConfigEntry) -> EntryView {
    EntryView {
        key: entry.key.clone(),
        value: None,
        sensitive: entry.sensitive,
        access_policy: entry.access_policy,
        created_at: entry.created_at,
        updated_at: entry.updated_at,
    }
}

/// What the timeline is told of an entry.
pub(super) fn told(entry: &ConfigEntry) -> Value {
    json!({ "key": entry.key, "sensitive": entry.sensitive })
}
