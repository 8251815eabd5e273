//! An app's config: keys with values that its dev server, its agents, or only the control plane
//! may see.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::text::InvalidText;
use super::text_enum;
use crate::clock::Timestamp;

text_enum! {
    /// Who gets a value as environment.
    AccessPolicy {
        /// Nobody: it never leaves the control plane.
        ControlPlaneOnly = "control_plane_only",
        /// Agents.
        AgentAccess = "agent_access",
        /// The dev server.
        RuntimeAccess = "runtime_access",
        /// Agents and the dev server.
        Both = "both",
    }
}

/// What sandbox-init sets for all that it starts; `SANDBOXD_` begins its own settings.
const SET_BY_US: [&str; 4] = ["HOME", "HOST", "PATH", "PORT"];
const OWN_PREFIX: &str = "SANDBOXD_";

impl AccessPolicy {
    /// Whether agents get the value.
    #[must_use]
    pub const fn reaches_agents(self) -> bool {
        matches!(self, Self::AgentAccess | Self::Both)
    }

    /// Whether the dev server gets the value.
    #[must_use]
    pub const fn reaches_dev_server(self) -> bool {
        matches!(self, Self::RuntimeAccess | Self::Both)
    }

    /// Refuses to give a value to processes under a name that sandboxd itself sets for them.
    ///
    /// # Errors
    /// Says which rule is broken.
    pub fn check_name(self, key: &ConfigKey) -> Result<(), InvalidText> {
        let taken = SET_BY_US.contains(&key.as_str()) || key.as_str().starts_with(OWN_PREFIX);
        if taken && self != Self::ControlPlaneOnly {
            return Err(InvalidText::new(
                "HOME, HOST, PATH, PORT and names that begin with SANDBOXD_ are set by sandboxd in \
                 each process; use another key, or control_plane_only",
            ));
        }
        Ok(())
    }
}

/// The name of a value: `[A-Za-z_][A-Za-z0-9_.-]{0,255}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, sqlx::Type, ToSchema)]
#[serde(transparent)]
#[sqlx(transparent)]
#[schema(
    description = "The name of a value",
    min_length = 1,
    max_length = 256,
    pattern = r"^[A-Za-z_][A-Za-z0-9_.-]{0,255}$",
    examples("API_KEY")
)]
pub struct ConfigKey(String);

impl ConfigKey {
    const MAX: usize = 256;

    /// Parses a key.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let begins = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
        let goes_on = |byte: u8| begins(byte) || byte.is_ascii_digit() || b".-".contains(&byte);
        let ok = text.len() <= Self::MAX
            && text.bytes().next().is_some_and(begins)
            && text.bytes().all(goes_on);
        if !ok {
            return Err(InvalidText::new(
                "a key has 1 to 256 of A-Z a-z 0-9 _ . - and begins with a letter or _",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for ConfigKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A value: up to 64 KiB without NUL, which no environment can hold. Wiped when dropped, never
/// shown.
#[derive(Debug, Clone, ToSchema)]
#[schema(
    description = "A value: up to 65,536 bytes, without NUL",
    value_type = String,
    max_length = 65536,
    pattern = r"^[^\x00]*$",
    examples("postgres://db.internal/shop")
)]
pub struct ConfigValue(SecretString);

impl ConfigValue {
    const MAX_BYTES: usize = 64 << 10;

    /// Checks a value.
    ///
    /// # Errors
    /// Says which rule it breaks, and nothing of it.
    pub fn parse(value: SecretString) -> Result<Self, InvalidText> {
        let bytes = value.expose_secret().as_bytes();
        if bytes.len() > Self::MAX_BYTES {
            return Err(InvalidText::new("a value has at most 65536 bytes"));
        }
        if bytes.contains(&0) {
            return Err(InvalidText::new("a value must not have NUL characters"));
        }
        Ok(Self(value))
    }

    /// The text.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// How long it is as JSON text, quotes included.
    #[must_use]
    pub fn json_bytes(&self) -> usize {
        json_length(self.0.expose_secret())
    }
}

/// The length of a text as `serde_json` writes it.
fn json_length(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    };
    2 + text.bytes().map(escaped).sum::<usize>()
}

impl<'de> Deserialize<'de> for ConfigValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SecretString::from(String::deserialize(deserializer)?);
        Self::parse(text).map_err(serde::de::Error::custom)
    }
}

/// How much config an app may have.
#[derive(Debug)]
pub struct ConfigLimits;

impl ConfigLimits {
    /// Keys.
    pub const KEYS: i64 = 200;
    /// Bytes of all values together, as JSON text: so that all of them fit into one message to a
    /// sandbox, which is as long as 1 MiB.
    pub const JSON_BYTES: i64 = 512 << 10;
}

/// An entry without its value.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ConfigEntry {
    /// Its name.
    pub key: ConfigKey,
    /// Whether its value is never shown again.
    pub sensitive: bool,
    /// Who gets its value.
    pub access_policy: AccessPolicy,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_a_form() {
        for good in ["A", "_", "a.b-c_9", &"x".repeat(256)] {
            assert!(ConfigKey::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "9A", ".a", "-a", "a b", "a=b", "a\0", "\u{e9}", "a/b", &"x".repeat(257)] {
            assert!(ConfigKey::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn values_have_a_length_and_no_nul() {
        let parse = |text: String| ConfigValue::parse(text.into());
        assert!(parse(String::new()).is_ok() && parse("x".repeat(65536)).is_ok());
        assert!(parse("x".repeat(65537)).is_err() && parse("a\0b".into()).is_err());
        assert!(!format!("{:?}", parse("plain".into())).contains("plain"));
    }

    #[test]
    fn the_length_as_json_is_the_real_one() {
        for text in
            ["", "plain", "q\"b\\s", "\n\r\t\u{8}\u{c}", "\u{1}\u{1f}\u{7f}", "\u{e9}\u{1f600}"]
        {
            assert_eq!(json_length(text), serde_json::to_string(text).unwrap().len(), "{text:?}");
        }
    }

    #[test]
    fn what_sandboxd_sets_itself_is_not_given_by_others() {
        let check = |policy: AccessPolicy, key| policy.check_name(&ConfigKey::parse(key).unwrap());
        for key in ["PATH", "HOME", "PORT", "HOST", "SANDBOXD_PORTS", "SANDBOXD_"] {
            for policy in
                [AccessPolicy::RuntimeAccess, AccessPolicy::AgentAccess, AccessPolicy::Both]
            {
                assert!(check(policy, key).is_err(), "{key}");
            }
            assert!(check(AccessPolicy::ControlPlaneOnly, key).is_ok());
        }
        for key in ["path", "PATH2", "NODE_ENV", "SANDBOX"] {
            assert!(check(AccessPolicy::Both, key).is_ok(), "{key}");
        }
    }
}
