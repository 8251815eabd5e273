//! The secret that a webhook's messages are signed with.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ids::WebhookId;
use crate::secrets::{KeyRing, Place, Sealed, SecretsError};

/// How a secret's text begins.
const PREFIX: &str = "whsec_";
/// Bytes of a new secret; the specification wants 24 to 64.
const BYTES: usize = 32;

/// A text that is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a webhook's secret: whsec_ and base64 are expected")]
pub struct InvalidSecret;

/// A signing secret. Shown once, when it is made.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

impl WebhookSecret {
    /// A new one.
    ///
    /// # Errors
    /// If the kernel gives no random bytes.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new(vec![0; BYTES]);
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Reads what [`reveal`](Self::reveal) gave.
    ///
    /// # Errors
    /// [`InvalidSecret`]
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(InvalidSecret)?;
        STANDARD.decode(encoded).map(|bytes| Self(Zeroizing::new(bytes))).map_err(|_| InvalidSecret)
    }

    /// The text that its owner is shown.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&*self.0))
    }

    /// Seals it for its webhook. To be called in the transaction that stores it, see
    /// [`Keys::ring`](crate::secrets::Keys::ring).
    ///
    /// # Errors
    /// [`SecretsError::Random`]
    pub fn seal(&self, ring: &KeyRing, webhook: WebhookId) -> Result<Sealed, SecretsError> {
        ring.seal(Place(&["webhook", &webhook.to_string()]), &self.reveal().into())
    }

    /// Opens what [`seal`](Self::seal) gave for this webhook.
    ///
    /// # Errors
    /// [`SecretsError`]
    pub fn unseal(
        ring: &KeyRing,
        webhook: WebhookId,
        sealed: &Sealed,
    ) -> Result<Self, SecretsError> {
        let text = ring.open(Place(&["webhook", &webhook.to_string()]), sealed)?;
        Self::parse(text.expose_secret()).map_err(|_| SecretsError::NotGenuine)
    }

    /// One signature of the header `webhook-signature`. `seconds` is the header
    /// `webhook-timestamp`.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length (RFC 2104).
    #[must_use]
    pub fn sign(&self, message_id: &str, seconds: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)
            .expect("invariant: HMAC takes keys of any length");
        mac.update(format!("{message_id}.{seconds}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::MasterKey;

    #[test]
    fn it_signs_as_the_published_example_does() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn it_is_sealed_for_its_webhook_only() {
        let secret = WebhookSecret::generate().unwrap();
        let ring = KeyRing::of(MasterKey::generate().unwrap());
        let (mine, other) = (WebhookId::generate(), WebhookId::generate());
        let sealed = secret.seal(&ring, mine).unwrap();
        assert_eq!(WebhookSecret::unseal(&ring, mine, &sealed).unwrap(), secret);
        for hidden in [secret.reveal().as_bytes(), &secret.0[..]] {
            assert!(!sealed.bytes.windows(hidden.len()).any(|part| part == hidden));
        }
        let elsewhere = WebhookSecret::unseal(&ring, other, &sealed);
        assert!(matches!(elsewhere, Err(SecretsError::NotGenuine)));
    }

    #[test]
    fn it_has_one_text_and_does_not_show_by_accident() {
        let secret = WebhookSecret::generate().unwrap();
        let text = secret.reveal();
        assert_eq!(WebhookSecret::parse(&text), Ok(secret.clone()));
        assert_ne!(WebhookSecret::generate().unwrap(), secret);
        assert!(!text[PREFIX.len()..].contains(&format!("{secret:?}")));
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
        for bad in ["", "MfKQ", "whsec_", "whsec_***"] {
            assert!(WebhookSecret::parse(bad).is_err() || bad == "whsec_", "{bad}");
        }
    }
}
