//! A webhook's new secret.

use std::time::Duration;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::ids::WebhookId;
use sandboxd_shared::secrets::Keys;
use sandboxd_shared::store::webhooks::secrets;
use sandboxd_shared::store::{Connection, StoreError};
use sandboxd_shared::webhooks::WebhookSecret;

use crate::web::ApiError;

/// How long the secret of before signs too: receivers have until then to change.
const OLD_SECRET_KEPT: Duration = Duration::from_hours(24);

/// Makes a secret and stores it sealed.
pub(super) async fn give_secret(
    conn: &mut Connection,
    keys: &Keys,
    webhook: WebhookId,
    now: Timestamp,
) -> Result<WebhookSecret, ApiError> {
    let secret = WebhookSecret::generate().map_err(|_| ApiError::Randomness)?;
    let ring = keys.ring().map_err(StoreError::from)?;
    let sealed = secret.seal(&ring, webhook).map_err(StoreError::from)?;
    secrets::give(conn, webhook, &sealed, now.plus(OLD_SECRET_KEPT)).await?;
    Ok(secret)
}
