//! An entry as clients see it.

use sandboxd_shared::app_config::open;
use sandboxd_shared::domain::ConfigEntry;
use sandboxd_shared::ids::AppId;
use sandboxd_shared::secrets::KeyRing;
use sandboxd_shared::store::StoreError;
use sandboxd_shared::store::config::Row;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// The entry, with its value unless that is sensitive.
pub(super) fn shown(ring: &KeyRing, app: AppId, row: &Row) -> Result<Value, StoreError> {
    let mut entry = without_value(&row.entry);
    if !row.entry.sensitive {
        let value = open(ring, app, &row.entry.key, &row.sealed)?;
        entry["value"] = json!(value.expose_secret());
    }
    Ok(entry)
}

/// The entry, without its value even if that may be seen.
pub(super) fn without_value(entry: &ConfigEntry) -> Value {
    json!({
        "key": entry.key,
        "sensitive": entry.sensitive,
        "access_policy": entry.access_policy,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
    })
}

/// What the timeline is told of an entry.
pub(super) fn told(entry: &ConfigEntry) -> Value {
    json!({ "key": entry.key, "sensitive": entry.sensitive })
}
