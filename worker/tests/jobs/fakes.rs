//! What a worker asks besides the engine, with knobs: the clock, PID 1, previews, the host's room.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use sandboxd_shared::app_config::Environment;
use sandboxd_shared::clock::{Clock, SystemClock, Timestamp};
use sandboxd_shared::jobs::capture_snapshot::disk_full;
use sandboxd_worker::health::Prober;
use sandboxd_worker::runner::JobError;
use sandboxd_worker::sandbox::{Capacity, Init, InitError, InitState, InitStatus, SetEnvironment};
use secrecy::ExposeSecret;

/// The wall clock, which a test can push forward: nobody waits for a back-off.
#[derive(Debug, Default)]
pub(crate) struct ShiftClock(AtomicI64);

impl ShiftClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Moves the clock to `at`, unless it is past it.
    pub(crate) fn reach(&self, at: Timestamp) {
        let ahead = at.0 - self.now().0;
        self.0.fetch_add(ahead.max(0), Ordering::SeqCst);
    }
}

impl Clock for ShiftClock {
    fn now(&self) -> Timestamp {
        Timestamp(SystemClock.now().0 + self.0.load(Ordering::SeqCst))
    }
}

/// PID 1 of every sandbox.
#[derive(Debug)]
pub(crate) struct FakeInit {
    pub(crate) seeded: AtomicBool,
    pub(crate) has_dev_server: AtomicBool,
    pub(crate) asked: AtomicU32,
    pub(crate) environments: FakeEnvironments,
}

impl Default for FakeInit {
    fn default() -> Self {
        let (seeded, has_dev_server) = (AtomicBool::new(true), AtomicBool::new(true));
        let environments = FakeEnvironments::default();
        Self { seeded, has_dev_server, asked: AtomicU32::new(0), environments }
    }
}

#[async_trait]
impl Init for FakeInit {
    async fn status(&self, run_dir: &Path) -> Result<InitStatus, InitError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if !run_dir.is_dir() {
            return Err(InitError::NoAnswer(std::io::ErrorKind::NotFound.into()));
        }
        let seeded = self.seeded.load(Ordering::SeqCst);
        let state = match (seeded, self.has_dev_server.load(Ordering::SeqCst)) {
            (false, _) => InitState::Seeding,
            (true, true) => InitState::Running,
            (true, false) => InitState::None,
        };
        Ok(InitStatus { state, seeded, git_reset: seeded })
    }

    async fn set_environment(
        &self,
        run_dir: &Path,
        values: &Environment,
    ) -> Result<SetEnvironment, InitError> {
        if !run_dir.is_dir() {
            return Err(InitError::NoAnswer(std::io::ErrorKind::NotFound.into()));
        }
        self.environments.set(run_dir, values)
    }
}

/// What dev servers have as environment, and whether PID 1 takes one.
#[derive(Debug, Default)]
pub(crate) struct FakeEnvironments {
    /// Too old to know of them.
    pub(crate) unsupported: AtomicBool,
    /// This many more are not answered.
    pub(crate) unanswered: AtomicU32,
    /// How often one was asked to be set.
    pub(crate) asked: AtomicU32,
    /// Each that a dev server was started with.
    started: Mutex<HashMap<PathBuf, Vec<BTreeMap<String, String>>>>,
}

impl FakeEnvironments {
    fn set(&self, run_dir: &Path, values: &Environment) -> Result<SetEnvironment, InitError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let less = |left: u32| left.checked_sub(1);
        if self.unanswered.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            return Err(InitError::NoAnswer(std::io::ErrorKind::ConnectionRefused.into()));
        }
        if self.unsupported.load(Ordering::SeqCst) {
            return Ok(SetEnvironment::Unsupported);
        }
        let values = values
            .iter()
            .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()))
            .collect();
        let mut started = self.started.lock().unwrap();
        let had = started.entry(run_dir.to_owned()).or_default();
        if had.last() == Some(&values) {
            return Ok(SetEnvironment::Same);
        }
        had.push(values);
        Ok(SetEnvironment::Changed)
    }

    /// Each that a sandbox's dev server was started with, oldest first.
    pub(crate) fn of(&self, run_dir: &Path) -> Vec<BTreeMap<String, String>> {
        self.started.lock().unwrap().get(run_dir).cloned().unwrap_or_default()
    }

    /// As when PID 1 is started again: it knows nothing any more.
    pub(crate) fn forget(&self, run_dir: &Path) {
        self.started.lock().unwrap().remove(run_dir);
    }
}

/// What previews answer: nothing, unless told.
#[derive(Debug, Default)]
pub(crate) struct FakeProber(Mutex<HashMap<IpAddr, u16>>);

impl FakeProber {
    pub(crate) fn answer(&self, address: IpAddr, status: Option<u16>) {
        let mut answers = self.0.lock().unwrap();
        match status {
            Some(status) => answers.insert(address, status),
            None => answers.remove(&address),
        };
    }
}

#[async_trait]
impl Prober for FakeProber {
    async fn probe(&self, address: IpAddr, _port: u16) -> Option<u16> {
        self.0.lock().unwrap().get(&address).copied()
    }
}

/// Bytes that must stay free.
pub(crate) const HEADROOM: u64 = 256 << 20;

/// A host that has room until it is told otherwise.
#[derive(Debug, Default)]
pub(crate) struct FakeCapacity {
    pub(crate) no_memory: AtomicBool,
    pub(crate) free_memory: AtomicU64,
    pub(crate) no_disk: AtomicBool,
    /// Handlers panic when they ask.
    pub(crate) panics: AtomicBool,
}

impl Capacity for FakeCapacity {
    fn free_memory(&self) -> Option<u64> {
        if self.no_memory.load(Ordering::SeqCst) {
            return Some(0);
        }
        // Zero stands for more than enough.
        let free = self.free_memory.load(Ordering::SeqCst);
        Some(if free == 0 { u64::MAX } else { free })
    }

    fn memory_headroom(&self) -> u64 {
        HEADROOM
    }

    fn admit_disk(&self) -> Result<(), JobError> {
        assert!(!self.panics.load(Ordering::SeqCst), "the test asks for a panic");
        if self.no_disk.load(Ordering::SeqCst) {
            return Err(JobError::Retry { public: disk_full(0), cause: None });
        }
        Ok(())
    }
}
