//! Names of containers and volumes, checked once at the edge.

use std::fmt;
use std::str::FromStr;

use super::{Result, RuntimeError};

const CONTAINER_PREFIX: &str = "s-";
/// Letters a ULID can have, in lower case (the Crockford base 32 alphabet).
const ULID_ALPHABET: &str = "0123456789abcdefghjkmnpqrstvwxyz";
const ULID_LEN: usize = 26;
/// Docker has no limit of its own; longer names only spoil file names and logs.
const MAX_VOLUME_NAME: usize = 64;

/// The name of a sandbox's container: `s-` and the sandbox's ULID in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerName(String);

impl ContainerName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`RuntimeError::Invalid`] unless it is `s-` and 26 lower-case ULID letters.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let valid = name.strip_prefix(CONTAINER_PREFIX).is_some_and(|ulid| {
            ulid.len() == ULID_LEN && ulid.chars().all(|c| ULID_ALPHABET.contains(c))
        });
        if valid {
            Ok(Self(name))
        } else {
            Err(invalid("container name", "it must be s- and a lower-case ULID"))
        }
    }

    /// The name as the engine knows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a volume: lower-case letters, digits, `-`, `_` and `.`, at most 64.
///
/// A volume's options are frozen when it is made, and a mount can outlive its engine, so that a
/// name must never be used for a second volume: one name per sandbox and generation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VolumeName(String);

impl VolumeName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`RuntimeError::Invalid`] for other characters, an empty or too long name, or one that
    /// does not start with a letter or digit.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let valid = name.len() <= MAX_VOLUME_NAME
            && name.bytes().next().is_some_and(plain)
            && name.bytes().all(|c| plain(c) || matches!(c, b'-' | b'_' | b'.'));
        if valid {
            Ok(Self(name))
        } else {
            Err(invalid("volume name", "1 to 64 of a-z, 0-9, - _ . are allowed"))
        }
    }

    /// The name as the engine knows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn invalid(what: &'static str, why: &str) -> RuntimeError {
    RuntimeError::Invalid { what, why: why.to_owned() }
}

macro_rules! text_name {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = RuntimeError;

            fn from_str(text: &str) -> Result<Self> {
                Self::new(text)
            }
        }
    };
}

text_name!(ContainerName);
text_name!(VolumeName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_named_after_a_lower_case_ulid() {
        assert!(ContainerName::new("s-01hzy3v7k8m9n0p1q2r3s4t5v6").is_ok());
        for bad in [
            "",
            "s-",
            "01hzy3v7k8m9n0p1q2r3s4t5v6",
            "s-01HZY3V7K8M9N0P1Q2R3S4T5V6",
            "s-01hzy3v7k8m9n0p1q2r3s4t5v",
            "s-01hzy3v7k8m9n0p1q2r3s4t5v6x",
            "s-01hzy3v7k8m9n0p1q2r3s4t5iu",
            "s-../../volumes/x?force=1&a=b",
        ] {
            assert!(ContainerName::new(bad).is_err(), "{bad:?} passed");
        }
    }

    #[test]
    fn a_volume_name_cannot_reach_another_path() {
        assert!(VolumeName::new("s-01hzy3v7k8m9n0p1q2r3s4t5v6-g12").is_ok());
        for bad in ["", "-a", ".", "..", "a/b", "A", "a b", "a?force=true", &"a".repeat(65)] {
            assert!(VolumeName::new(bad).is_err(), "{bad:?} passed");
        }
    }
}
