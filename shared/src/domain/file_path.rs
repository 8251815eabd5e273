//! Paths of files in a sandbox, as clients write them. What they lead to is for the kernel to
//! resolve, inside the app folder; here is only what can be said without looking.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    /// It begins with a slash.
    #[error("must be relative to the app folder, without a slash at its beginning")]
    Absolute,
    /// It has a `..`.
    #[error("must not have \"..\" in it")]
    Parent,
    /// It has a NUL.
    #[error("must not have a NUL in it")]
    Nul,
    /// It, or a name in it, is too long (`PATH_MAX` and `NAME_MAX` of `limits.h`).
    #[error("must have at most 4095 bytes, and 255 in each name")]
    TooLong,
}

/// A path below the app folder; empty for the app folder itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilePath(String);

impl FilePath {
    const MAX: usize = 4095;
    const NAME_MAX: usize = 255;

    /// Checks a path, and leaves out what means nothing (`.`, doubled slashes).
    ///
    /// # Errors
    /// [`InvalidPath`]
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        if text.len() > Self::MAX {
            return Err(InvalidPath::TooLong);
        }
        if text.contains('\0') {
            return Err(InvalidPath::Nul);
        }
        if text.starts_with('/') {
            return Err(InvalidPath::Absolute);
        }
        let mut names = Vec::new();
        for name in text.split('/') {
            match name {
                "" | "." => {}
                ".." => return Err(InvalidPath::Parent),
                long if long.len() > Self::NAME_MAX => return Err(InvalidPath::TooLong),
                name => names.push(name),
            }
        }
        Ok(Self(names.join("/")))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the app folder itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last name; none for the app folder.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.rsplit('/').next().filter(|name| !name.is_empty())
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FilePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_the_app_folder() {
        for (text, plain) in [
            ("", ""),
            (".", ""),
            ("src/App.tsx", "src/App.tsx"),
            ("./src//a/", "src/a"),
            ("...", "..."),
            ("..a/b..", "..a/b.."),
            ("%2e%2e/x", "%2e%2e/x"),
            ("a\\..\\b", "a\\..\\b"),
        ] {
            assert_eq!(FilePath::parse(text).unwrap().as_str(), plain, "{text:?}");
        }
        for (text, why) in [
            ("..", InvalidPath::Parent),
            ("a/../b", InvalidPath::Parent),
            ("a/..", InvalidPath::Parent),
            ("/etc/passwd", InvalidPath::Absolute),
            ("//x", InvalidPath::Absolute),
            ("a\0b", InvalidPath::Nul),
        ] {
            assert_eq!(FilePath::parse(text), Err(why), "{text:?}");
        }
        assert!(FilePath::parse(&"a".repeat(255)).is_ok());
        assert_eq!(FilePath::parse(&"a".repeat(256)), Err(InvalidPath::TooLong));
        assert_eq!(FilePath::parse(&"a/".repeat(2048)), Err(InvalidPath::TooLong));
        assert_eq!(FilePath::parse("a/b").unwrap().name(), Some("b"));
        assert_eq!(FilePath::parse(".").unwrap().name(), None);
    }
}
