//! Where a webhook may lead. A name is looked up when something is sent; what is no name is told
//! of at once.

use sandboxd_shared::domain::{WebhookUrl, is_public};

use crate::server::Installation;
use crate::web::ApiError;

/// # Errors
/// 400 for an address that nothing would be sent to.
pub(super) fn check(installation: &Installation, url: &WebhookUrl) -> Result<(), ApiError> {
    if installation.webhooks_to_private || url.address().is_none_or(is_public) {
        return Ok(());
    }
    Err(ApiError::field("url", "must lead to a public address, not to a private or local one"))
}
