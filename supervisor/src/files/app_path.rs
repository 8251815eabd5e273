//! A path beneath the app folder, as a caller gives it.

use crate::protocol::Refusal;

/// Longest path, bytes: `PATH_MAX` without its NUL.
pub(crate) const MAX_PATH: usize = 4095;
/// Longest component, bytes: `NAME_MAX`.
const MAX_NAME: usize = 255;

/// Components joined by single slashes, none of them empty, `.` or `..`; empty for the app folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AppPath(String);

impl AppPath {
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let invalid = |message| Err(Refusal::new("invalid_request", message));
        if text.len() > MAX_PATH {
            return invalid(format!("a path has at most {MAX_PATH} bytes"));
        }
        if text.contains('\0') {
            return invalid("a path can't contain NUL".to_owned());
        }
        if text.starts_with('/') {
            return Err(Refusal::new("outside", "paths are relative to the app folder"));
        }
        let mut path = String::with_capacity(text.len());
        for component in text.split('/').filter(|component| !matches!(*component, "" | ".")) {
            if component == ".." {
                return Err(Refusal::new("outside", "a path can't contain \"..\""));
            }
            if component.len() > MAX_NAME {
                return invalid(format!("a name in a path has at most {MAX_NAME} bytes"));
            }
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(component);
        }
        Ok(Self(path))
    }

    /// Empty for the app folder itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What the kernel takes: never empty.
    pub(crate) fn or_dot(&self) -> &str {
        if self.0.is_empty() { "." } else { &self.0 }
    }

    /// Folder and name; `None` for the app folder itself.
    pub(crate) fn split(&self) -> Option<(Self, &str)> {
        if self.0.is_empty() {
            return None;
        }
        let (folder, name) = self.0.rsplit_once('/').unwrap_or(("", &self.0));
        Some((Self(folder.to_owned()), name))
    }

    /// Every folder on the way, the first one first, and this path itself.
    pub(crate) fn prefixes(&self) -> impl Iterator<Item = Self> {
        let ends = self.0.match_indices('/').map(|(at, _)| at).chain([self.0.len()]);
        ends.filter(|end| *end > 0).map(|end| Self(self.0[..end].to_owned()))
    }

    /// Whether `other` is this path or beneath it.
    pub(crate) fn holds(&self, other: &[u8]) -> bool {
        match other.strip_prefix(self.0.as_bytes()) {
            Some(rest) => rest.is_empty() || rest[0] == b'/' || self.0.is_empty(),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_reduced_to_its_components() {
        for (text, path) in [
            ("", ""),
            (".", ""),
            ("./", ""),
            ("a", "a"),
            ("a//b/./c/", "a/b/c"),
            ("...", "..."),
            ("a/..b/c..", "a/..b/c.."),
            ("%2e%2e/a", "%2e%2e/a"),
            ("a\\..\\b", "a\\..\\b"),
        ] {
            assert_eq!(AppPath::parse(text).unwrap().as_str(), path, "{text}");
        }
    }

    #[test]
    fn what_could_leave_or_be_cut_is_refused() {
        let long = "a/".repeat(MAX_PATH / 2 + 1);
        let name = "n".repeat(256);
        for (text, code) in [
            ("/", "outside"),
            ("/etc/passwd", "outside"),
            ("..", "outside"),
            ("a/../b", "outside"),
            ("a/..", "outside"),
            ("a\0b", "invalid_request"),
            (long.as_str(), "invalid_request"),
            (name.as_str(), "invalid_request"),
        ] {
            assert_eq!(AppPath::parse(text).unwrap_err().code, code, "{text:?}");
        }
    }

    #[test]
    fn splits_and_holds() {
        let path = AppPath::parse("a/b/c").unwrap();
        let (folder, name) = path.split().unwrap();
        assert_eq!((folder.as_str(), name), ("a/b", "c"));
        assert!(AppPath::parse("").unwrap().split().is_none());
        let prefixes: Vec<_> = path.prefixes().map(|prefix| prefix.0).collect();
        assert_eq!(prefixes, ["a", "a/b", "a/b/c"]);
        assert_eq!(AppPath::parse("").unwrap().prefixes().count(), 0);
        assert!(folder.holds(b"a/b/c") && folder.holds(b"a/b") && !folder.holds(b"a/bc"));
    }
}
