//! How much goes on at once, so that no tenant takes the service from the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::failure::NodeError;

/// How long a session or an upload waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// What may go on at once in a worker process, in all and of one tenant.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    /// Files, programs and logs that are open.
    pub(super) streams: Places,
    /// Sessions with stopped sandboxes: each is a mount and a process.
    pub(super) sessions: Places,
    /// Uploads on their way to the disk.
    pub(super) uploads: Places,
    /// Snapshots that are compared.
    pub(super) comparisons: Places,
}

impl Slots {
    pub(super) fn new() -> Self {
        Self {
            streams: Places::new(512, 64),
            sessions: Places::new(32, 8),
            uploads: Places::new(32, 4),
            comparisons: Places::new(4, 2),
        }
    }
}

/// Places for one kind of thing.
#[derive(Debug, Clone)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    of_owner: usize,
    owners: Arc<Mutex<HashMap<String, usize>>>,
}

/// A place; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    _all: OwnedSemaphorePermit,
    _own: Own,
}

#[derive(Debug)]
struct Own {
    owner: String,
    owners: Arc<Mutex<HashMap<String, usize>>>,
}

impl Drop for Own {
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

impl Places {
    fn new(all: usize, of_owner: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(all)), of_owner, owners: Arc::default() }
    }

    /// A place for `owner`, at once or when one is free.
    pub(super) async fn take(&self, owner: &str) -> Result<Place, NodeError> {
        let own = self.own(owner)?;
        match timeout(PATIENCE, Arc::clone(&self.free).acquire_owned()).await {
            Ok(Ok(all)) => Ok(Place { _all: all, _own: own }),
            _ => Err(busy()),
        }
    }

    fn own(&self, owner: &str) -> Result<Own, NodeError> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let count = owners.entry(owner.to_owned()).or_default();
        if *count >= self.of_owner {
            return Err(busy());
        }
        *count += 1;
        Ok(Own { owner: owner.to_owned(), owners: Arc::clone(&self.owners) })
    }
}

fn busy() -> NodeError {
    NodeError::busy("too many files, programs or logs are open at once; close some and try again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_tenant_leaves_room_for_others_and_gives_places_back() {
        let places = Places::new(3, 2);
        let taken = [places.take("alice").await.unwrap(), places.take("alice").await.unwrap()];
        assert!(places.take("alice").await.is_err());
        let bobs = places.take("bob").await;
        assert!(bobs.is_ok());
        drop((taken, bobs));
        assert!(places.take("alice").await.is_ok());
        assert!(places.owners.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_in_vain_is_told_and_leaves_no_trace() {
        let places = Places::new(1, 1);
        let held = places.take("alice").await.unwrap();
        assert!(places.take("bob").await.is_err());
        drop(held);
        assert!(places.take("bob").await.is_ok());
    }
}
