//! One sealed value.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{KeyId, MasterKey, SecretsError};

/// Long enough to be taken at random for every value (draft-irtf-cfrg-xchacha, section 3.1).
const NONCE_BYTES: usize = 24;
/// Begins what all our values are bound to.
const BOUND_TO: &str = "sandboxd/1";

/// Where a value belongs, such as `["config", <app>, <key>]`: it can't be opened anywhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a>(pub &'a [&'a str]);

impl Place<'_> {
    /// With lengths, so that no two places read the same.
    fn bound_to(self, key: &KeyId) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [BOUND_TO, key.as_str()].iter().chain(self.0) {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes
    }
}

/// A sealed value, as its row has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The name of the key.
    pub key_id: String,
    /// Its nonce.
    pub nonce: Vec<u8>,
    /// The ciphertext with its tag.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

pub(super) fn seal(
    key: &MasterKey,
    place: Place<'_>,
    value: &SecretString,
) -> Result<Sealed, SecretsError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(SecretsError::Random)?;
    let bound_to = place.bound_to(key.id());
    let message = Payload { msg: value.expose_secret().as_bytes(), aad: &bound_to };
    let bytes = XChaCha20Poly1305::new(key.bytes().into())
        .encrypt(&XNonce::from(nonce), message)
        .expect("invariant: values are shorter than 256 GiB");
    Ok(Sealed { key_id: key.id().to_string(), nonce: nonce.to_vec(), bytes })
}

pub(super) fn open(
    key: &MasterKey,
    place: Place<'_>,
    sealed: &Sealed,
) -> Result<SecretString, SecretsError> {
    let nonce: [u8; NONCE_BYTES] =
        sealed.nonce.as_slice().try_into().map_err(|_| SecretsError::NotGenuine)?;
    let bound_to = place.bound_to(key.id());
    let message = Payload { msg: &sealed.bytes, aad: &bound_to };
    let opened = XChaCha20Poly1305::new(key.bytes().into())
        .decrypt(&XNonce::from(nonce), message)
        .map(Zeroizing::new)
        .map_err(|_| SecretsError::NotGenuine)?;
    let text = std::str::from_utf8(&opened).map_err(|_| SecretsError::NotGenuine)?;
    Ok(SecretString::from(text))
}
