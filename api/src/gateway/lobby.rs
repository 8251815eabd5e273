//! Where requests wait for a sandbox to come up: one room for each, one wake-up for a room.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sandboxd_shared::metrics;
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tracing::warn;

use super::config::Limits;
use super::directory::{Directory, Status, WakeError, Waker};
use super::host::SandboxName;
use super::refusal::Refusal;

/// Recording a wish to start is one small write.
const WAKE_CALL: Duration = Duration::from_secs(10);
/// A sandbox that did not come up is woken again after this at the earliest: one that fails to
/// start isn't started in a tight loop.
const WAKE_AGAIN: Duration = Duration::from_secs(5);
/// A refused wake-up answers everyone who comes within this.
const FAILURE_STANDS: Duration = Duration::from_secs(1);
/// A recorded wish that had no visible effect is repeated after this many holds.
const LOST_AFTER_HOLDS: u32 = 2;

pub(crate) struct Lobby {
    limits: Arc<Limits>,
    places: Arc<Semaphore>,
    rooms: Mutex<HashMap<SandboxName, Arc<Room>>>,
}

/// What is under way for one sandbox that isn't up.
pub(crate) struct Room {
    sandbox: SandboxName,
    places: Arc<Semaphore>,
    /// Rings when its route changed or its wake-up was decided.
    bell: watch::Sender<u64>,
    wake: Mutex<Wake>,
    /// Held by the one request that tries whether the application listens yet.
    pub(crate) probe: AsyncMutex<Probe>,
    lost_after: Duration,
}

/// What the last try found; by port and generation.
#[derive(Default)]
pub(crate) struct Probe {
    pub(crate) listening: Option<(u16, u64)>,
    pub(crate) refused: Option<((u16, u64), Instant)>,
}

#[derive(Default)]
struct Wake {
    asked_at: Option<Instant>,
    /// The directory has shown another state than `Stopped` since: the wish had its effect.
    took_effect: bool,
    /// The directory has shown it running since: what sleeps now was put to sleep again.
    ran: bool,
    failed: Option<(Instant, Failure)>,
    /// Status, generation and whether it is public, as last announced.
    seen: Option<(Status, u64, bool)>,
}

#[derive(Debug, Clone, Copy)]
enum Failure {
    Capacity,
    Quota,
    Other,
}

/// A place to wait, given back when dropped.
pub(crate) struct Seat {
    _room: OwnedSemaphorePermit,
    _total: OwnedSemaphorePermit,
}

impl Lobby {
    pub(crate) fn new(limits: Arc<Limits>) -> Self {
        let places = Arc::new(Semaphore::new(limits.held_total));
        Self { limits, places, rooms: Mutex::default() }
    }

    /// The room of a sandbox that the directory knows; so there are no more rooms than those.
    pub(crate) fn room(&self, sandbox: SandboxName) -> Arc<Room> {
        let mut rooms = lock(&self.rooms);
        let room = rooms.entry(sandbox).or_insert_with(|| {
            Arc::new(Room {
                sandbox,
                places: Arc::new(Semaphore::new(self.limits.held_per_sandbox)),
                bell: watch::Sender::new(0),
                wake: Mutex::default(),
                probe: AsyncMutex::default(),
                lost_after: self.limits.hold.max(WAKE_AGAIN) * LOST_AFTER_HOLDS,
            })
        });
        Arc::clone(room)
    }

    /// A place in a room.
    ///
    /// # Errors
    /// [`Refusal::TooManyHeld`] if the room or the whole lobby is full.
    pub(crate) fn sit(&self, room: &Room) -> Result<Seat, Refusal> {
        let take = |places: &Arc<Semaphore>| {
            Arc::clone(places).try_acquire_owned().map_err(|_| Refusal::TooManyHeld)
        };
        Ok(Seat { _room: take(&room.places)?, _total: take(&self.places)? })
    }

    /// Tells the rooms whose route changed.
    pub(crate) fn refresh(&self, directory: &dyn Directory) {
        for room in lock(&self.rooms).values() {
            room.refresh(directory);
        }
    }

    /// Closes rooms that nobody is in and that remember nothing of use.
    pub(crate) fn expire(&self) {
        lock(&self.rooms).retain(|_, room| Arc::strong_count(room) > 1 || !room.may_wake());
    }
}

impl Room {
    pub(crate) fn listen(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    pub(crate) fn ring(&self) {
        self.bell.send_modify(|count| *count += 1);
    }

    /// Asks for a start unless that was done already, and says if it was just refused.
    /// The asking goes on if the request that caused it goes away.
    ///
    /// # Errors
    /// [`Refusal::NoCapacity`], [`Refusal::NoQuota`] or [`Refusal::WakeFailed`].
    pub(crate) fn ensure_wake(self: &Arc<Self>, waker: &Arc<dyn Waker>) -> Result<(), Refusal> {
        let mut wake = lock(&self.wake);
        if let Some((at, failure)) = wake.failed
            && at.elapsed() < FAILURE_STANDS
        {
            return Err(match failure {
                Failure::Capacity => Refusal::NoCapacity,
                Failure::Quota => Refusal::NoQuota,
                Failure::Other => Refusal::WakeFailed,
            });
        }
        if wake.may_ask(self.lost_after) {
            *wake = Wake { asked_at: Some(Instant::now()), seen: wake.seen, ..Wake::default() };
            tokio::spawn(Arc::clone(self).ask(Arc::clone(waker)));
        }
        Ok(())
    }

    async fn ask(self: Arc<Self>, waker: Arc<dyn Waker>) {
        let failure = match timeout(WAKE_CALL, waker.wake(self.sandbox.as_str())).await {
            Ok(Ok(())) => None,
            Ok(Err(WakeError::Capacity)) => Some(Failure::Capacity),
            Ok(Err(WakeError::Quota)) => Some(Failure::Quota),
            Ok(Err(error)) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                warn!(sandbox.id = self.sandbox.as_str(), %error, cause, "wake-up failed");
                Some(Failure::Other)
            }
            Err(_) => {
                warn!(sandbox.id = self.sandbox.as_str(), "recording the wake-up timed out");
                Some(Failure::Other)
            }
        };
        metrics::preview_woken(match failure {
            None => "asked",
            Some(Failure::Capacity) => "capacity",
            Some(Failure::Quota) => "quota",
            Some(Failure::Other) => "failed",
        });
        if let Some(failure) = failure {
            lock(&self.wake).failed = Some((Instant::now(), failure));
        }
        self.ring();
    }

    fn may_wake(&self) -> bool {
        lock(&self.wake).may_ask(self.lost_after)
    }

    fn refresh(&self, directory: &dyn Directory) {
        let now =
            directory.lookup(self.sandbox.as_str()).map(|r| (r.status, r.generation, r.public));
        let mut wake = lock(&self.wake);
        wake.took_effect |= now.is_none_or(|(status, ..)| status != Status::Stopped);
        wake.ran |= now.is_some_and(|(status, ..)| status == Status::Running);
        let changed = wake.seen != now;
        wake.seen = now;
        drop(wake);
        if changed {
            self.ring();
        }
    }
}

impl Wake {
    fn may_ask(&self, lost_after: Duration) -> bool {
        let Some(asked_at) = self.asked_at else { return true };
        let pause = match (self.failed, self.ran, self.took_effect) {
            (Some(_), ..) => FAILURE_STANDS,
            (None, true, _) => Duration::ZERO,
            (None, false, true) => WAKE_AGAIN,
            (None, false, false) => lost_after,
        };
        asked_at.elapsed() >= pause
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks is a single assignment: a panic can't leave half of one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
