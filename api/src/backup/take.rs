//! Taking a backup.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use sandboxd_shared::config::DataOptions;
use sandboxd_shared::domain::SnapshotStatus;
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::store::{Store, generations, layers, nodes, snapshots, workers};
use sandboxd_shared::trees::Look;

use super::bytes::{Move, check_attributes, look};
use super::durable::{make_folder, remove_tree, rename, sync, write_file};
use super::hold::Hold;
use super::manifest::{DATABASE, LayerEntry, MANIFEST, Manifest, VERSION, hash_file};
use super::target::Target;
use super::{capture, keep, keys};

/// How long a worker that lives may not be heard of; it says every 5 s that it is there.
const HEARD_OF: Duration = Duration::from_secs(15);

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where to.
    pub target: PathBuf,
    /// Captures what is unsealed first.
    pub capture: bool,
    /// Takes the files of keys too.
    pub with_key: bool,
    /// How many backups the target keeps; all if not given.
    pub keep: Option<usize>,
}

/// What was done.
#[derive(Debug)]
pub struct Taken {
    /// The backup's name.
    pub name: String,
    /// How many layers it has.
    pub layers: usize,
    /// How many of them were copied now.
    pub copied: usize,
    /// Bytes of files in those.
    pub copied_bytes: u64,
    /// Which files of keys it has.
    pub keys: Vec<String>,
    /// Sandboxes of which something isn't in it, because no layer had it.
    pub unsealed: Vec<String>,
    /// How many older backups were removed.
    pub removed: usize,
}

/// Takes a backup of an installation, whose processes may all run.
///
/// # Errors
/// A sentence for the operator; then the target has no new backup.
pub async fn take(store: &Store, data: &DataOptions, plan: &Plan) -> anyhow::Result<Taken> {
    if plan.capture {
        let since = store.clock().now().minus(HEARD_OF);
        let workers = workers::seen_since(&mut *store.read().await?, since).await?;
        ensure!(!workers.is_empty(), "no worker was heard of: captures would wait for one");
    }
    let target = Target::make(&plan.target)?;
    check_attributes(&target.layers())?;
    let name = store.clock().now().to_string().replace(['-', ':'], "");
    let hold = Hold::take(store).await?;
    let mut captured = Vec::new();
    let done = hold.during(async {
        if plan.capture {
            captured = capture::capture(store, &name).await?;
        }
        write(store, data, plan, &target, &name, &captured).await
    });
    let done = done.await;
    // The backup has them, or there is none.
    capture::forget(store, &captured).await?;
    hold.give_back().await?;
    let mut taken = done?;
    if let Some(count) = plan.keep {
        taken.removed = keep::keep(&target, count)?;
    }
    Ok(taken)
}

async fn write(
    store: &Store,
    data: &DataOptions,
    plan: &Plan,
    target: &Target,
    name: &str,
    captured: &[SnapshotId],
) -> anyhow::Result<Taken> {
    let part = target.part();
    let database = part.join(DATABASE);
    store.copy_to(&database).await.context("the database can't be copied")?;
    let named = Named::read(&database, captured).await?;
    let copied = copy_layers(&data.data_dir.join("l"), target, &named.layers).await?;
    let driver = std::fs::read_to_string(data.data_dir.join("workspaces")).ok();
    let keys = match plan.with_key {
        true => keys::copy(&data.data_dir, &part)?,
        false => BTreeMap::new(),
    };
    let manifest = Manifest {
        version: VERSION,
        sandboxd: env!("CARGO_PKG_VERSION").to_owned(),
        driver,
        nodes: named.nodes,
        database: hash_file(&database)?,
        layers: copied.entries,
        keys,
        unsealed: named.unsealed,
    };
    sync(&database)?;
    write_file(&part.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?)?;
    sync(&part)?;
    rename(&part, &target.backup(name))?;
    sync(target.root())?;
    Ok(Taken {
        name: name.to_owned(),
        layers: manifest.layers.len(),
        copied: copied.new,
        copied_bytes: copied.new_bytes,
        keys: manifest.keys.into_keys().collect(),
        unsealed: manifest.unsealed,
        removed: 0,
    })
}

/// What a copy of the database speaks of.
struct Named {
    layers: Vec<String>,
    nodes: Vec<String>,
    unsealed: Vec<String>,
}

impl Named {
    async fn read(database: &Path, captured: &[SnapshotId]) -> anyhow::Result<Self> {
        let mut conn = sandboxd_shared::store::read_file(database).await?;
        let layers = layers::ready(&mut conn).await?;
        let nodes = nodes::all(&mut conn).await?.into_iter().map(|node| node.name).collect();
        let mut unsealed: BTreeSet<_> =
            generations::unsealed(&mut conn).await?.into_iter().collect();
        for id in captured {
            if let Some(snapshot) = snapshots::get(&mut conn, *id).await?
                && snapshot.status == SnapshotStatus::Ready
            {
                unsealed.remove(&snapshot.source_sandbox_id);
            }
        }
        let unsealed = unsealed.iter().map(ToString::to_string).collect();
        Ok(Self { layers, nodes, unsealed })
    }
}

#[derive(Default)]
struct Copied {
    entries: BTreeMap<String, LayerEntry>,
    new: usize,
    new_bytes: u64,
}

/// Copies what the target doesn't have. What it has must be what its backups say of it.
async fn copy_layers(from: &Path, target: &Target, named: &[String]) -> anyhow::Result<Copied> {
    let to = target.layers();
    make_folder(&to)?;
    let known = target.known_layers()?;
    let (mut copied, mut moving) = (Copied::default(), Move::new(from, &to));
    for layer in named {
        let place = to.join(layer);
        if let Some(entry) = known.get(layer).filter(|_| place.is_dir()) {
            let found = look(&place, Look::Shape).await?;
            if (&found.hash, found.bytes) == (&entry.shape, entry.bytes) {
                copied.entries.insert(layer.clone(), entry.clone());
                continue;
            }
            tracing::warn!(layer, "the target's copy of a layer has changed; it is copied again");
        }
        // Left by a backup that was broken off, or changed since.
        remove_tree(&place)?;
        let entry = moving.copy(layer, None).await?;
        copied.new += 1;
        copied.new_bytes += entry.bytes;
        copied.entries.insert(layer.clone(), entry);
    }
    moving.publish()?;
    Ok(copied)
}
