//! A master key: 32 bytes, wiped when dropped, named by a hash.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::SecretsError;

const BYTES: usize = 32;
/// What the hash that names a key is for; another one than any key is for.
const ID_CONTEXT: &str = "sandboxd 2026 name of a master key";
/// Bytes of the hash that make the name.
const ID_BYTES: usize = 8;

/// The name of a master key: tells nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A master key.
#[derive(Clone)]
pub struct MasterKey {
    id: KeyId,
    bytes: Zeroizing<[u8; BYTES]>,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("id", &self.id.0).finish_non_exhaustive()
    }
}

impl MasterKey {
    fn new(bytes: Zeroizing<[u8; BYTES]>) -> Self {
        let hash = blake3::derive_key(ID_CONTEXT, bytes.as_slice());
        let id = hash[..ID_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { id: KeyId(id), bytes }
    }

    /// A new key.
    ///
    /// # Errors
    /// [`SecretsError::Random`]
    pub fn generate() -> Result<Self, SecretsError> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(SecretsError::Random)?;
        Ok(Self::new(bytes))
    }

    /// Reads 64 hex digits, or base64 of 32 bytes; none if it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        if text.len() == 2 * BYTES && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            for (index, byte) in bytes.iter_mut().enumerate() {
                *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
            }
        } else {
            let decoded = Zeroizing::new(STANDARD.decode(text).ok()?);
            if decoded.len() != BYTES {
                return None;
            }
            bytes.copy_from_slice(&decoded);
        }
        Some(Self::new(bytes))
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    pub(super) fn bytes(&self) -> &[u8; BYTES] {
        &self.bytes
    }

    /// As hex digits, for the keys' file.
    pub(super) fn to_hex(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(2 * BYTES));
        for byte in self.bytes.iter() {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_hex_and_from_base64() {
        let hex = "00ff".repeat(16);
        let key = MasterKey::parse(&hex).unwrap();
        assert_eq!(*key.to_hex(), hex);
        let same = MasterKey::parse(&STANDARD.encode(key.bytes())).unwrap();
        assert_eq!(same.id(), key.id());
        let long = "0".repeat(65);
        for bad in ["", "x", &hex[1..], &long, "0g".repeat(32).as_str(), "AAAA"] {
            assert!(MasterKey::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_never_shown_and_its_name_tells_nothing() {
        let key = MasterKey::parse(&"ab".repeat(32)).unwrap();
        let shown = format!("{key:?}");
        assert!(shown.contains(key.id().as_str()) && !shown.contains("abab"), "{shown}");
        assert_ne!(key.id(), MasterKey::generate().unwrap().id());
    }
}
