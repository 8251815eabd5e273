//! Layers, copied so that what has its name is whole, durable, and what it was.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use rustix::fs::XattrFlags;
use sandboxd_shared::trees::{Digest, Look, copy_tree, digest};
use ulid::Ulid;

use super::durable::{make_folder, names, remove_tree, rename, sync, sync_file_system};
use super::manifest::LayerEntry;

/// How long a copy of one layer may take.
const COPY_LIMIT: Duration = Duration::from_hours(4);
/// Copies that are made durable together: a sync of a file system costs as much for one as for many.
const BATCH: usize = 32;

/// Layers on their way from one folder to another.
#[derive(Debug)]
pub(super) struct Move<'a> {
    from: &'a Path,
    to: &'a Path,
    /// What parts have in their names: a copier that outlives the backup that has started it goes
    /// on with its own.
    attempt: String,
    /// Copied, and without a name yet.
    waiting: Vec<String>,
}

impl<'a> Move<'a> {
    pub(super) fn new(from: &'a Path, to: &'a Path) -> Self {
        let attempt = Ulid::generate().to_string().to_ascii_lowercase();
        Self { from, to, attempt, waiting: Vec::new() }
    }

    fn part(&self, layer: &str) -> PathBuf {
        self.to.join(format!(".{layer}-{}", self.attempt))
    }

    /// Copies a layer, compares it with its original, and gives its digests. With `wanted` also
    /// against what it was when it was backed up.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(super) async fn copy(
        &mut self,
        layer: &str,
        wanted: Option<&LayerEntry>,
    ) -> anyhow::Result<LayerEntry> {
        let (from, part) = (self.from.join(layer), self.part(layer));
        ensure!(from.is_dir(), "layer {layer} is not in {}", self.from.display());
        copy_tree(&from, &part, COPY_LIMIT).await.with_context(|| format!("layer {layer}"))?;
        let found = entry(&part).await?;
        let same = match wanted {
            Some(wanted) => *wanted == found,
            None => entry(&from).await? == found,
        };
        if !same {
            bail!("the copy of layer {layer} is not what it was: {}", from.display());
        }
        self.waiting.push(layer.to_owned());
        if self.waiting.len() >= BATCH {
            self.publish()?;
        }
        Ok(found)
    }

    /// Makes the copies durable and gives them their names.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(super) fn publish(&mut self) -> anyhow::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        sync_file_system(self.to)?;
        for layer in std::mem::take(&mut self.waiting) {
            rename(&self.part(&layer), &self.to.join(&layer))?;
        }
        sync(self.to)
    }
}

/// Removes what copies that were broken off have left in `folder`.
///
/// # Errors
/// Also if a copier is still at it.
pub(super) fn clear_parts(folder: &Path) -> anyhow::Result<()> {
    for name in names(folder)?.iter().filter(|name| name.starts_with('.')) {
        remove_tree(&folder.join(name))?;
    }
    Ok(())
}

/// The digests of a layer.
pub(super) async fn entry(layer: &Path) -> anyhow::Result<LayerEntry> {
    Ok(LayerEntry::new(look(layer, Look::Shape).await?, look(layer, Look::Contents).await?))
}

/// A digest, computed where it may block.
pub(super) async fn look(tree: &Path, look: Look) -> anyhow::Result<Digest> {
    let tree = tree.to_owned();
    Ok(tokio::task::spawn_blocking(move || digest(&tree, look)).await??)
}

/// Checks that layers can be read and kept in `folder`. Without CAP_SYS_ADMIN the attributes that
/// overlays are made of aren't even listed (`xattr(7)`): a copy would lose them without a word.
///
/// # Errors
/// A sentence for the operator.
pub(super) fn check_attributes(folder: &Path) -> anyhow::Result<()> {
    let sample = folder.join(".attributes");
    make_folder(&sample)?;
    let name = "trusted.overlay.sandboxd";
    let set = rustix::fs::lsetxattr(&sample, name, b"kept", XattrFlags::empty());
    remove_tree(&sample)?;
    set.with_context(|| {
        format!(
            "{} can't keep layers: this needs root, and a file system with extended attributes",
            folder.display()
        )
    })
}
