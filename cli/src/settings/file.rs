//! The file of contexts: installations by name, with the tokens for them. Only its owner may read it.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::client::Failure;

/// Nobody but the owner.
const PRIVATE: u32 = 0o600;

/// All contexts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The one that is used unless another is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// Each by its name.
    #[serde(default)]
    pub contexts: BTreeMap<String, Context>,
}

/// An installation, and who one is there.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The API's address.
    pub url: String,
    /// The token itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Or a file that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
}

// Without the token.
impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "…");
        f.debug_struct("Context")
            .field("url", &self.url)
            .field("token", &token)
            .field("token_file", &self.token_file)
            .finish()
    }
}

impl File {
    /// Reads it; one that isn't there has no contexts.
    ///
    /// # Errors
    /// If it can't be read, or isn't what it should be.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::io(path.display().to_string())(error)),
        };
        // The message alone: the whole error quotes the line, which may have a token.
        toml::from_str(&text)
            .map_err(|error| Failure::Usage(format!("{}: {}", path.display(), error.message())))
    }

    /// Whether others than its owner may read it.
    #[must_use]
    pub fn is_open(path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// I/O.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = toml::to_string(self).expect("invariant: maps of texts are TOML");
        replace(path, text.as_bytes()).map_err(Failure::io(path.display().to_string()))
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.as_file().set_permissions(Permissions::from_mode(PRIVATE))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sandboxctl/config.toml");
        assert_eq!(File::read(&path).unwrap(), File::default());
        let context =
            Context { url: "http://h:1".into(), token: Some("s3cret".into()), token_file: None };
        let file = File {
            current: Some("home".into()),
            contexts: BTreeMap::from([("home".to_owned(), context)]),
        };
        file.write(&path).unwrap();
        assert_eq!(File::read(&path).unwrap(), file);
        assert!(!File::is_open(&path));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!format!("{file:?}").contains("s3cret"));
    }

    #[test]
    fn an_error_does_not_quote_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "[contexts.home]\nurl = \"x\"\ntokens = \"s3cret\"\n").unwrap();
        let said = File::read(&path).unwrap_err().to_string();
        assert!(said.contains("tokens") && !said.contains("s3cret"), "{said}");
    }
}
