//! How many backups a target keeps.

use std::collections::BTreeSet;

use super::durable::{names, remove_tree, rename, sync};
use super::manifest::Manifest;
use super::target::Target;

/// Removes all but the newest `count` backups, and the layers that no other names.
///
/// # Errors
/// A sentence for the operator.
pub(super) fn keep(target: &Target, count: usize) -> anyhow::Result<usize> {
    let backups = target.backups()?;
    let (old, kept) = backups.split_at(backups.len().saturating_sub(count.max(1)));
    let mut named = BTreeSet::new();
    for name in kept {
        named.extend(Manifest::read(&target.backup(name))?.layers.into_keys());
    }
    for name in old {
        // Without its name first: what is removed by half is no backup.
        remove_tree(&target.part())?;
        rename(&target.backup(name), &target.part())?;
        sync(target.root())?;
        remove_tree(&target.part())?;
    }
    for layer in names(&target.layers())?
        .iter()
        .filter(|layer| !named.contains(*layer) && !layer.starts_with('.'))
    {
        remove_tree(&target.layers().join(layer))?;
    }
    Ok(old.len())
}
