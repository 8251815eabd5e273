//! The files of keys in a data directory: in a backup only if that is asked for.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;

use super::durable::write_file;
use super::manifest::hash_file;

/// Master keys, the key of preview links, and the token that was made at the first start.
pub(super) const NAMES: [&str; 3] = ["secrets.key", "preview.key", "token"];

/// Copies those that are there, and gives their digests.
///
/// # Errors
/// A sentence for the operator.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut copied = BTreeMap::new();
    for name in NAMES {
        let path = from.join(name);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(error).with_context(|| format!("{} can't be read", path.display()));
            }
        };
        write_file(&to.join(name), &bytes)?;
        copied.insert(name.to_owned(), hash_file(&to.join(name))?);
    }
    Ok(copied)
}
