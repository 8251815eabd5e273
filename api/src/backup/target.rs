//! The folder that backups are kept in.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rustix::fs::FlockOperation;

use super::bytes::clear_parts;
use super::durable::{make_folder, names, remove_tree, sync};
use super::manifest::{LayerEntry, MANIFEST, Manifest};

/// A folder of backups, which nobody else changes meanwhile.
#[derive(Debug)]
pub(super) struct Target {
    root: PathBuf,
    _lock: File,
}

impl Target {
    /// Makes the folder, takes it, and removes what a backup that was broken off has left.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(super) fn make(root: &Path) -> anyhow::Result<Self> {
        make_folder(&root.join("layers"))?;
        let target = Self::lock(root)?;
        remove_tree(&target.part())?;
        if let Err(error) = clear_parts(&target.layers()) {
            // The next backup finds it too.
            tracing::debug!(error = &*error, "parts of a broken off backup are left");
        }
        make_folder(&target.part())?;
        sync(root)?;
        Ok(target)
    }

    /// Takes a folder that is there.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(super) fn open(root: &Path) -> anyhow::Result<Self> {
        if !root.join("layers").is_dir() {
            bail!("{} holds no backups", root.display());
        }
        Self::lock(root)
    }

    fn lock(root: &Path) -> anyhow::Result<Self> {
        let root = std::path::absolute(root)?;
        let path = root.join("lock");
        let lock = File::options().create(true).append(true).open(&path);
        let lock = lock.with_context(|| format!("{} can't be opened", path.display()))?;
        if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!("{} is in use by another backup or restore", root.display());
        }
        Ok(Self { root, _lock: lock })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn part(&self) -> PathBuf {
        self.root.join("part")
    }

    pub(super) fn layers(&self) -> PathBuf {
        self.root.join("layers")
    }

    pub(super) fn backup(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The names of its whole backups, oldest first.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(super) fn backups(&self) -> anyhow::Result<Vec<String>> {
        let mut found = names(&self.root)?;
        found.retain(|name| {
            name.starts_with(|first: char| first.is_ascii_digit())
                && self.backup(name).join(MANIFEST).is_file()
        });
        Ok(found)
    }

    /// What its backups say of layers.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(super) fn known_layers(&self) -> anyhow::Result<BTreeMap<String, LayerEntry>> {
        let mut known = BTreeMap::new();
        for name in self.backups()? {
            known.extend(Manifest::read(&self.backup(&name))?.layers);
        }
        Ok(known)
    }

    /// The newest backup, or the one of this name.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(super) fn choose(&self, name: Option<&str>) -> anyhow::Result<String> {
        let mut found = self.backups()?;
        match name {
            None => found
                .pop()
                .with_context(|| format!("{} holds no whole backup", self.root.display())),
            Some(name) if found.iter().any(|found| found == name) => Ok(name.to_owned()),
            Some(name) => bail!("there is no backup {name}; there are: {}", found.join(" ")),
        }
    }
}
