//! The text of a preview token: what it opens, and a MAC over that (BLAKE3, keyed). It has a
//! fixed length and one spelling.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::ids::{PreviewTokenId, SandboxId};
use serde::Deserialize;
use ulid::Ulid;

use super::PreviewKey;

/// How every token of ours begins; the gateway keeps those from sandboxes.
const PREFIX: &str = "sbx_preview_";
/// Keeps these MACs apart from others that may come to be made with the same key.
const CONTEXT: &str = "sandboxd 2026-11-24 preview token v1";
/// Token id, sandbox id, port (0 = all), expiry.
const CLAIMS_LEN: usize = 16 + 16 + 2 + 8;
const TOKEN_LEN: usize = CLAIMS_LEN + blake3::OUT_LEN;

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Claims {
    pub(crate) id: PreviewTokenId,
    pub(crate) sandbox_id: SandboxId,
    /// None opens all ports.
    pub(crate) port: Option<u16>,
    pub(crate) expires_at: Timestamp,
}

impl Claims {
    fn to_bytes(self) -> [u8; CLAIMS_LEN] {
        let mut bytes = [0; CLAIMS_LEN];
        bytes[..16].copy_from_slice(&Ulid::from(self.id).to_bytes());
        bytes[16..32].copy_from_slice(&Ulid::from(self.sandbox_id).to_bytes());
        bytes[32..34].copy_from_slice(&self.port.unwrap_or(0).to_be_bytes());
        bytes[34..].copy_from_slice(&self.expires_at.0.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; CLAIMS_LEN]) -> Option<Self> {
        let ulid = |part: &[u8]| Some(Ulid::from_bytes(part.try_into().ok()?));
        let port = u16::from_be_bytes(bytes[32..34].try_into().ok()?);
        Some(Self {
            id: ulid(&bytes[..16])?.into(),
            sandbox_id: ulid(&bytes[16..32])?.into(),
            port: (port != 0).then_some(port),
            expires_at: Timestamp(i64::from_be_bytes(bytes[34..].try_into().ok()?)),
        })
    }
}

impl PreviewKey {
    fn mac(&self, claims: &[u8; CLAIMS_LEN]) -> blake3::Hash {
        let key = blake3::derive_key(CONTEXT, &self.0);
        blake3::keyed_hash(&key, claims)
    }

    /// The token for these claims, always the same.
    pub(crate) fn sign(&self, claims: Claims) -> String {
        let claims = claims.to_bytes();
        let mut bytes = [0; TOKEN_LEN];
        bytes[..CLAIMS_LEN].copy_from_slice(&claims);
        bytes[CLAIMS_LEN..].copy_from_slice(self.mac(&claims).as_bytes());
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What a token says, if it was signed with this key. Compared in constant time.
    pub(crate) fn verify(&self, token: &str) -> Option<Claims> {
        let text = token.strip_prefix(PREFIX)?;
        let mut bytes = [0; TOKEN_LEN];
        if URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()? != TOKEN_LEN {
            return None;
        }
        let claims: &[u8; CLAIMS_LEN] = bytes.first_chunk()?;
        let mac: &[u8; blake3::OUT_LEN] = bytes.last_chunk()?;
        let genuine = self.mac(claims) == blake3::Hash::from_bytes(*mac);
        if genuine { Claims::from_bytes(claims) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(port: Option<u16>) -> Claims {
        Claims {
            id: "01JD4X8QK3M5N7P9R1S3T5V7W9".parse().unwrap(),
            sandbox_id: "01JD4X8QK3M5N7P9R1S3T5V7WA".parse().unwrap(),
            port,
            expires_at: Timestamp(1_800_000_000_000),
        }
    }

    #[test]
    fn what_was_signed_is_read_back() {
        let key = PreviewKey([7; 32]);
        for port in [None, Some(1), Some(65535)] {
            let token = key.sign(claims(port));
            assert_eq!(key.verify(&token), Some(claims(port)));
            assert!(token.starts_with(PREFIX) && token.len() == PREFIX.len() + 99, "{token}");
        }
    }

    #[test]
    fn no_other_key_and_no_other_text_is_taken() {
        let key = PreviewKey([7; 32]);
        let token = key.sign(claims(Some(3000)));
        assert_eq!(PreviewKey([8; 32]).verify(&token), None);
        for (place, _) in token.char_indices() {
            for other in ["A", "B", "-", "%", "é", ""] {
                let mut forged = token.clone();
                forged.replace_range(place..=place, other);
                if forged != token {
                    assert_eq!(key.verify(&forged), None, "{forged}");
                }
            }
        }
        for longer in [format!("{token}A"), format!("{token}="), format!("{token}{token}")] {
            assert_eq!(key.verify(&longer), None, "{longer}");
        }
    }
}
