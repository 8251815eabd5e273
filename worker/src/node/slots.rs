//! How much goes on at once, so that no tenant takes the service from the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::failure::NodeError;

/// Streams of a worker process.
const STREAMS: usize = 512;
/// Streams of one tenant.
const STREAMS_OF_OWNER: usize = 64;
/// Sessions with stopped sandboxes: each is a mount and a process.
const SESSIONS: usize = 16;
/// Uploads on their way to the disk.
const UPLOADS: usize = 16;
/// How long a session or an upload waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// What may go on at once.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    streams: Arc<Semaphore>,
    owners: Arc<Mutex<HashMap<String, usize>>>,
    sessions: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
}

/// A stream's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    _stream: OwnedSemaphorePermit,
    owner: String,
    owners: Arc<Mutex<HashMap<String, usize>>>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = owners.get_mut(&self.owner) {
            *count -= 1;
            if *count == 0 {
                owners.remove(&self.owner);
            }
        }
    }
}

impl Slots {
    pub(super) fn new() -> Self {
        Self {
            streams: Arc::new(Semaphore::new(STREAMS)),
            owners: Arc::default(),
            sessions: Arc::new(Semaphore::new(SESSIONS)),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
        }
    }

    /// A place for a stream of `owner`'s.
    pub(super) fn stream(&self, owner: &str) -> Result<Slot, NodeError> {
        let busy = || NodeError::busy("too many files, programs and logs are open; close some");
        let stream = Arc::clone(&self.streams).try_acquire_owned().map_err(|_| busy())?;
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let count = owners.entry(owner.to_owned()).or_default();
        if *count >= STREAMS_OF_OWNER {
            return Err(busy());
        }
        *count += 1;
        let owners = Arc::clone(&self.owners);
        Ok(Slot { _stream: stream, owner: owner.to_owned(), owners })
    }

    pub(super) async fn session(&self) -> Result<OwnedSemaphorePermit, NodeError> {
        turn(&self.sessions).await
    }

    pub(super) async fn upload(&self) -> Result<OwnedSemaphorePermit, NodeError> {
        turn(&self.uploads).await
    }
}

async fn turn(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, NodeError> {
    match timeout(PATIENCE, Arc::clone(places).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(NodeError::busy("too many file transfers are under way; try again")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tenant_leaves_room_for_others_and_gives_places_back() {
        let slots = Slots::new();
        let taken: Vec<Slot> =
            (0..STREAMS_OF_OWNER).map(|_| slots.stream("alice").unwrap()).collect();
        assert!(slots.stream("alice").is_err());
        assert!(slots.stream("bob").is_ok());
        drop(taken);
        assert!(slots.stream("alice").is_ok());
        assert!(slots.owners.lock().unwrap().is_empty());
    }
}
