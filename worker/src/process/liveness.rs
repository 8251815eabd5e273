//! That a worker lives: a heartbeat in the database for everybody, and a lock file for the other
//! workers of its host, which the kernel frees the moment the process dies.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::FlockOperation;
use sandboxd_shared::store::workers::{self, Worker};
use sandboxd_shared::store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

/// How often a worker says that it is there. `readyz` wants to hear of one every 15 s.
const BEAT: Duration = Duration::from_secs(5);
/// How long a silent worker is remembered.
const FORGET: Duration = Duration::from_hours(1);

/// The lock that shows that this process lives, until it is dropped.
#[derive(Debug)]
pub struct Alive {
    _file: File,
    path: PathBuf,
}

impl Drop for Alive {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Takes the lock of this process, under its worker name.
///
/// # Errors
/// An I/O error of the file.
pub fn announce(folder: &Path, worker: &str) -> io::Result<Alive> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(format!("{worker}.lock"));
    // Nobody ever sees it free: it gets its name when it is locked.
    let unnamed = folder.join(format!("{worker}.new"));
    let file = File::create(&unnamed)?;
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    std::fs::rename(&unnamed, &path)?;
    Ok(Alive { _file: file, path })
}

/// Whether a worker of this host is certainly dead: its lock file is there and free. One without
/// a file may be on another host; its leases run out.
#[must_use]
pub fn is_known_dead(folder: &Path, worker: &str) -> bool {
    let Ok(file) = File::open(folder.join(format!("{worker}.lock"))) else { return false };
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared).is_ok()
}

/// Removes the lock files of workers that are dead and hold no lease.
pub fn sweep(folder: &Path, lease_owners: &[String]) {
    let Ok(files) = std::fs::read_dir(folder) else { return };
    for file in files.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let Some(worker) = name.strip_suffix(".lock") else { continue };
        if !lease_owners.iter().any(|owner| owner == worker) && is_known_dead(folder, worker) {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

/// Says every few seconds that the worker is there, until `shutdown`; then takes its row away.
/// `file` is touched each time that the database took it, for whoever watches the process.
pub async fn beat(
    store: Store,
    mut worker: Worker,
    file: Option<PathBuf>,
    shutdown: CancellationToken,
) {
    let mut tick = tokio::time::interval(BEAT);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = shutdown.cancelled() => break,
        }
        worker.seen_at = store.clock().now();
        match beat_once(&store, &worker).await {
            Ok(()) => touch(file.as_deref()),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the heartbeat failed");
            }
        }
    }
    if let Err(error) = leave(&store, &worker.name).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the worker could not sign off");
    }
}

async fn beat_once(store: &Store, worker: &Worker) -> Result<(), StoreError> {
    let mut tx = store.write_lightly().await?;
    workers::beat(&mut tx, worker).await?;
    let forget = i64::try_from(FORGET.as_millis()).unwrap_or(i64::MAX);
    workers::prune(&mut tx, sandboxd_shared::clock::Timestamp(worker.seen_at.0 - forget)).await?;
    tx.commit_quietly().await
}

/// Gives the file a new time, which is what its watcher looks at.
fn touch(file: Option<&Path>) {
    let Some(file) = file else { return };
    if let Err(error) = std::fs::write(file, "") {
        tracing::warn!(%error, file = %file.display(), "the heartbeat's file can't be written");
    }
}

async fn leave(store: &Store, name: &str) -> Result<(), StoreError> {
    let mut tx = store.write_lightly().await?;
    workers::delete(&mut tx, name).await?;
    tx.commit_quietly().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_dead_once_its_lock_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let alive = announce(folder.path(), "w1").unwrap();
        assert!(!is_known_dead(folder.path(), "w1"));
        assert!(!is_known_dead(folder.path(), "elsewhere"));
        // As the kernel does on kill -9: the lock goes, the file stays.
        let path = alive.path.clone();
        drop(alive);
        File::create(path).unwrap();
        assert!(is_known_dead(folder.path(), "w1"));
        sweep(folder.path(), &["w1".to_owned()]);
        assert!(is_known_dead(folder.path(), "w1"), "a lease owner's file stays");
        sweep(folder.path(), &[]);
        assert!(!is_known_dead(folder.path(), "w1"));
    }
}
