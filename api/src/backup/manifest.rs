//! What a backup consists of.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use anyhow::{Context, bail};
use sandboxd_shared::trees::Digest;
use serde::{Deserialize, Serialize};

/// The form of manifests that this version writes and reads.
pub(super) const VERSION: u32 = 1;
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const DATABASE: &str = "sandboxd.db";

/// What a backup consists of, and what it lacks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) version: u32,
    /// The version of sandboxd that took it.
    pub(super) sandboxd: String,
    /// What kind of layers these are (`<data>/workspaces`); none where no worker has ever been.
    pub(super) driver: Option<String>,
    /// Where the workspaces were.
    pub(super) nodes: Vec<String>,
    /// BLAKE3 of the database's file, in hex.
    pub(super) database: String,
    pub(super) layers: BTreeMap<String, LayerEntry>,
    /// BLAKE3 of the files of keys that are in it, by name.
    pub(super) keys: BTreeMap<String, String>,
    /// Sandboxes whose workspace held what no layer had: that is in no backup.
    pub(super) unsealed: Vec<String>,
}

/// A layer in the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LayerEntry {
    pub(super) entries: u64,
    pub(super) bytes: u64,
    /// The digest without the bytes of files, which is quick to compare.
    pub(super) shape: String,
    /// The digest of everything.
    pub(super) contents: String,
}

impl LayerEntry {
    pub(super) fn new(shape: Digest, contents: Digest) -> Self {
        Self {
            entries: shape.entries,
            bytes: shape.bytes,
            shape: shape.hash,
            contents: contents.hash,
        }
    }
}

impl Manifest {
    /// Reads the manifest of a backup.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(super) fn read(backup: &Path) -> anyhow::Result<Self> {
        let path = backup.join(MANIFEST);
        let text = std::fs::read(&path).with_context(|| {
            format!("{} can't be read: this is not a whole backup", path.display())
        })?;
        let manifest: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is not a manifest", path.display()))?;
        if manifest.version != VERSION {
            bail!("{} has version {}, not {VERSION}", path.display(), manifest.version);
        }
        if let Some(name) = manifest.layers.keys().find(|name| !is_layer_name(name)) {
            bail!("{} names a layer {name:?}", path.display());
        }
        if let Some(name) =
            manifest.keys.keys().find(|name| !super::keys::NAMES.contains(&name.as_str()))
        {
            bail!("{} names a file of keys {name:?}", path.display());
        }
        Ok(manifest)
    }
}

/// Whether it is a name that workers give to layers: it becomes a part of paths.
pub(super) fn is_layer_name(name: &str) -> bool {
    (1..=16).contains(&name.len())
        && name != "empty"
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// BLAKE3 of a file, in hex.
pub(super) fn hash_file(path: &Path) -> anyhow::Result<String> {
    let mut hash = blake3::Hasher::new();
    File::open(path)
        .and_then(|file| hash.update_reader(file).map(|_| ()))
        .with_context(|| format!("{} can't be read", path.display()))?;
    Ok(hash.finalize().to_hex().to_string())
}
