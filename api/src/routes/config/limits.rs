//! What an app's config may come to.

use sandboxd_shared::domain::ConfigKey;
use sandboxd_shared::domain::{ConfigLimits, ConfigValue, ErrorBody, ErrorCode};
use sandboxd_shared::ids::AppId;
use sandboxd_shared::store::Connection;
use sandboxd_shared::store::config;
use serde_json::json;

use crate::web::ApiError;

/// Refuses what would be too much together with the app's other entries.
pub(super) async fn check(
    conn: &mut Connection,
    app: AppId,
    key: &ConfigKey,
    value: &ConfigValue,
) -> Result<(), ApiError> {
    let others = config::usage(conn, app, key).await?;
    if others.keys >= ConfigLimits::KEYS {
        let limit = ConfigLimits::KEYS;
        let text = format!("an app has at most {limit} config keys; delete one first");
        return Err(ErrorBody::new(ErrorCode::Conflict, text)
            .with_details(json!({ "keys": others.keys }))
            .into());
    }
    let together = others.json_bytes + i64::try_from(value.json_bytes()).unwrap_or(i64::MAX / 2);
    if together > ConfigLimits::JSON_BYTES {
        let limit = ConfigLimits::JSON_BYTES;
        let text = format!(
            "the values of an app have at most {limit} bytes together, as JSON text; \
             shorten or delete some first"
        );
        return Err(ErrorBody::new(ErrorCode::Conflict, text)
            .with_details(json!({ "json_bytes": together }))
            .into());
    }
    Ok(())
}
