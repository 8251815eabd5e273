//! That a sealed layer never changes: what it holds is hashed when its row is first seen as ready,
//! and again at the end.

use std::collections::HashMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::trail;

const INTERVAL: Duration = Duration::from_secs(1);

/// The layers that were seen, with their hashes.
pub(crate) type Seals = HashMap<String, blake3::Hash>;

/// Hashes layers as they come, until it is aborted.
pub(crate) async fn watch(data: PathBuf, seen: Arc<tokio::sync::watch::Sender<Seals>>) {
    loop {
        for layer in ready(&data).await.unwrap_or_default() {
            if !seen.borrow().contains_key(&layer)
                && let Some(hash) = hash(data.join("l").join(&layer)).await
            {
                seen.send_modify(|seen| {
                    seen.insert(layer, hash);
                });
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn ready(data: &Path) -> sqlx::Result<Vec<String>> {
    let mut conn = trail::connect(data).await?;
    sqlx::query_scalar("SELECT id FROM layers WHERE state = 'ready'").fetch_all(&mut conn).await
}

/// The layers that hold something else than when they were first seen.
pub(crate) async fn changed(data: &Path, seen: &Seals) -> Vec<String> {
    let mut found = Vec::new();
    for layer in ready(data).await.unwrap_or_default() {
        if let Some(was) = seen.get(&layer)
            && hash(data.join("l").join(&layer)).await != Some(*was)
        {
            found.push(format!("layer {layer} has changed since it was sealed"));
        }
    }
    found
}

/// None if it is being removed meanwhile.
async fn hash(folder: PathBuf) -> Option<blake3::Hash> {
    let work = move || {
        let mut hasher = blake3::Hasher::new();
        add(&folder, &mut hasher).ok().map(|()| hasher.finalize())
    };
    tokio::task::spawn_blocking(work).await.ok().flatten()
}

fn add(path: &Path, hasher: &mut blake3::Hasher) -> std::io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    let facts = [
        u64::from(found.mode()),
        u64::from(found.uid()),
        found.mtime().cast_unsigned(),
        found.mtime_nsec().cast_unsigned(),
        found.rdev(),
    ];
    for fact in facts {
        hasher.update(&fact.to_le_bytes());
    }
    if found.is_dir() {
        let mut names = fs::read_dir(path)?
            .map(|entry| Ok(entry?.file_name()))
            .collect::<std::io::Result<Vec<_>>>()?;
        names.sort();
        for name in names {
            hasher.update(name.as_bytes());
            add(&path.join(name), hasher)?;
        }
    } else if found.is_file() {
        hasher.update(&fs::read(path)?);
    } else if found.is_symlink() {
        hasher.update(fs::read_link(path)?.as_os_str().as_bytes());
    }
    Ok(())
}
