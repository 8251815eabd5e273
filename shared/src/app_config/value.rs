//! One value, bound to its app and key.

use secrecy::SecretString;

use crate::domain::{ConfigKey, ConfigValue};
use crate::ids::AppId;
use crate::secrets::{KeyRing, Place, Sealed, SecretsError};

/// Seals a value for its place. To be called in the transaction that stores it, see
/// [`Keys::ring`](crate::secrets::Keys::ring).
///
/// # Errors
/// [`SecretsError::Random`]
pub fn seal(
    ring: &KeyRing,
    app: AppId,
    key: &ConfigKey,
    value: &ConfigValue,
) -> Result<Sealed, SecretsError> {
    seal_text(ring, app, key, value.secret())
}

pub(crate) fn seal_text(
    ring: &KeyRing,
    app: AppId,
    key: &ConfigKey,
    text: &SecretString,
) -> Result<Sealed, SecretsError> {
    ring.seal(Place(&["config", &app.to_string(), key.as_str()]), text)
}

/// Opens the value of this app's key.
///
/// # Errors
/// [`SecretsError`]
pub fn open(
    ring: &KeyRing,
    app: AppId,
    key: &ConfigKey,
    sealed: &Sealed,
) -> Result<SecretString, SecretsError> {
    ring.open(Place(&["config", &app.to_string(), key.as_str()]), sealed)
}
