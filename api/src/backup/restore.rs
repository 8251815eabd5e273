//! Bringing a backup back into an empty data directory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use sandboxd_shared::clock::SystemClock;
use sandboxd_shared::config::DataOptions;
use sandboxd_shared::feed::Doorbell;
use sandboxd_shared::store::restored::{Settled, settle};
use sandboxd_shared::store::{Schema, Store, migrate, schema};

use super::bytes::{Move, check_attributes, clear_parts, entry};
use super::durable::{make_folder, names, remove_tree, rename, sync, sync_file_system, write_file};
use super::keys;
use super::manifest::{DATABASE, Manifest, hash_file};
use super::target::Target;

/// What a file system of its own has at its root.
const LOST_AND_FOUND: &str = "lost+found";

/// What was brought back.
#[derive(Debug)]
pub struct Restored {
    /// The backup's name.
    pub name: String,
    /// How many layers.
    pub layers: usize,
    /// What its rows say now.
    pub settled: Settled,
    /// The node of its workspaces, which its worker must have.
    pub nodes: Vec<String>,
    /// Whether the master keys were in it.
    pub has_keys: bool,
    /// Sandboxes that are as they were sealed before the backup.
    pub unsealed: Vec<String>,
}

/// Reads all of a backup, the newest unless `name` says otherwise, and gives its name.
///
/// # Errors
/// What is wrong with it.
pub async fn check(target: &Path, name: Option<&str>) -> anyhow::Result<String> {
    let target = Target::open(target)?;
    let name = target.choose(name)?;
    let manifest = verified(&target, &name)?;
    for (layer, wanted) in &manifest.layers {
        let found = entry(&target.layers().join(layer)).await?;
        ensure!(found == *wanted, "layer {layer} is not what it was when it was backed up");
    }
    let scratch = scratch(&target)?;
    let checked = check_database(&target.backup(&name).join(DATABASE), &scratch).await;
    remove_tree(&scratch)?;
    checked.map(|()| name)
}

/// Brings a backup back.
///
/// # Errors
/// A sentence for the operator. What was begun is gone on with by the next try.
pub async fn restore(
    target: &Path,
    name: Option<&str>,
    data: &DataOptions,
) -> anyhow::Result<Restored> {
    let target = Target::open(target)?;
    let name = target.choose(name)?;
    let manifest = verified(&target, &name)?;
    let database = data.database_file().map_err(anyhow::Error::msg)?;
    let place = Place::take(data, &database)?;
    let settled = place.database(&target.backup(&name).join(DATABASE)).await?;
    let layers = place.data.join("l");
    make_folder(&layers)?;
    check_attributes(&layers)?;
    bring_layers(&target, &manifest, &layers).await?;
    place.files(&target.backup(&name), &manifest)?;
    clear_parts(&layers)?;
    sync_file_system(&place.data)?;
    place.finish(&database)?;
    Ok(Restored {
        name,
        layers: manifest.layers.len(),
        settled,
        nodes: manifest.nodes,
        has_keys: manifest.keys.contains_key("secrets.key"),
        unsealed: manifest.unsealed,
    })
}

/// The manifest of a backup whose files are those that it names.
fn verified(target: &Target, name: &str) -> anyhow::Result<Manifest> {
    let backup = target.backup(name);
    let manifest = Manifest::read(&backup)?;
    let files = manifest.keys.iter().map(|(name, hash)| (name.as_str(), hash));
    for (file, hash) in files.chain([(DATABASE, &manifest.database)]) {
        ensure!(hash_file(&backup.join(file))? == *hash, "{file} of backup {name} has changed");
    }
    let missing = |layer: &&String| !target.layers().join(layer).is_dir();
    let missing: Vec<&String> = manifest.layers.keys().filter(missing).collect();
    ensure!(missing.is_empty(), "layers of backup {name} are missing: {missing:?}");
    Ok(manifest)
}

async fn bring_layers(target: &Target, manifest: &Manifest, to: &Path) -> anyhow::Result<()> {
    let from = target.layers();
    let mut moving = Move::new(&from, to);
    for (layer, wanted) in &manifest.layers {
        // Brought by a try before; what it was is known only by reading it.
        if to.join(layer).is_dir() {
            ensure!(entry(&to.join(layer)).await? == *wanted, "layer {layer} has changed");
            continue;
        }
        moving.copy(layer, Some(wanted)).await?;
    }
    moving.publish()
}

/// A data directory that is this restore's alone.
struct Place {
    data: PathBuf,
    /// There until everything else is.
    mark: PathBuf,
    _lock: std::fs::File,
}

impl Place {
    /// Marks the directory, which must be empty but for what a restore that was broken off has left.
    fn take(data: &DataOptions, database: &Path) -> anyhow::Result<Self> {
        let (folder, mark) = (data.data_dir.clone(), data.restoring());
        let shown = folder.display();
        let begun = mark.is_dir();
        if folder.exists() && !begun {
            let mut found = names(&folder)?;
            found.retain(|name| name != LOST_AND_FOUND);
            ensure!(found.is_empty(), "{shown} is not empty: restore into a new data directory");
        }
        ensure!(!database.exists(), "{} is there already", database.display());
        make_folder(&folder)?;
        make_folder(&mark)?;
        let lock = std::fs::File::create(mark.join("lock"))?;
        let free = rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive);
        ensure!(free.is_ok(), "{shown} is being restored by another process");
        // A process that was starting may have seen no mark.
        let own = ["restoring", "l", "workspaces", LOST_AND_FOUND];
        let is_own = |name: &str| own.contains(&name) || keys::NAMES.contains(&name);
        let found = names(&folder)?;
        let strange = found.iter().find(|name| !is_own(name));
        if let Some(strange) = strange {
            bail!("{shown} is in use: it has {strange}; stop what runs and restore into a new one");
        }
        sync(&folder)?;
        Ok(Self { data: folder, mark, _lock: lock })
    }

    fn database_part(&self) -> PathBuf {
        self.mark.join(DATABASE)
    }

    /// Copies the database, checks it, brings it to this version, and makes its rows true.
    async fn database(&self, from: &Path) -> anyhow::Result<Settled> {
        let part = self.database_part();
        for leftover in names(&self.mark)?.iter().filter(|name| *name != "lock") {
            std::fs::remove_file(self.mark.join(leftover))?;
        }
        let store = open_copy(from, &part).await?;
        migrate(&store).await?;
        let mut tx = store.write().await?;
        let settled = settle(&mut tx, store.clock().now()).await?;
        tx.commit().await?;
        store.close_for_good().await;
        Ok(settled)
    }

    /// What else belongs into the directory.
    fn files(&self, backup: &Path, manifest: &Manifest) -> anyhow::Result<()> {
        let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
        for name in manifest.keys.keys() {
            files.push((name, std::fs::read(backup.join(name))?));
        }
        if let Some(driver) = &manifest.driver {
            files.push(("workspaces", driver.clone().into_bytes()));
        }
        for (name, bytes) in files {
            let path = self.data.join(name);
            if path.exists() {
                std::fs::remove_file(&path)?;
            }
            write_file(&path, &bytes)?;
            self.give(&path)?;
        }
        Ok(())
    }

    /// Gives a file to whom the directory belongs: API and gateway need not run as root.
    fn give(&self, path: &Path) -> anyhow::Result<()> {
        use std::os::unix::fs::MetadataExt;
        let owner = std::fs::metadata(&self.data)?;
        std::os::unix::fs::chown(path, Some(owner.uid()), Some(owner.gid()))
            .with_context(|| format!("{} can't be given to its owner", path.display()))
    }

    /// The database gets its name, and the mark goes: from here on processes may start.
    fn finish(&self, database: &Path) -> anyhow::Result<()> {
        let part = self.database_part();
        let log = part.with_extension("db-wal");
        ensure!(!log.exists(), "{} was not closed", part.display());
        sync(&part)?;
        self.give(&part)?;
        if let Some(folder) = database.parent() {
            make_folder(folder)?;
        }
        rename(&part, database).context("somebody else has made a database meanwhile")?;
        sync(database.parent().unwrap_or(&self.data))?;
        remove_tree(&self.mark)?;
        sync(&self.data)
    }
}

/// Copies a database and opens the copy, if it is whole and this version can read it.
async fn open_copy(from: &Path, to: &Path) -> anyhow::Result<Store> {
    std::fs::copy(from, to).with_context(|| format!("{} can't be copied", from.display()))?;
    let store = Store::open(to, Arc::new(SystemClock), Doorbell::silent()).await?;
    let wrong = store.integrity_check().await?;
    ensure!(wrong.is_empty(), "the backup's database is damaged: {}", wrong.join("; "));
    if let Schema::Ahead(count) = schema(&store).await? {
        bail!("the backup is of a newer version: its database has {count} migrations more");
    }
    Ok(store)
}

async fn check_database(database: &Path, scratch: &Path) -> anyhow::Result<()> {
    let store = open_copy(database, &scratch.join(DATABASE)).await?;
    store.close().await;
    Ok(())
}

/// An empty folder for a copy that is only looked at.
fn scratch(target: &Target) -> anyhow::Result<PathBuf> {
    let scratch = target.part();
    remove_tree(&scratch)?;
    make_folder(&scratch)?;
    Ok(scratch)
}
