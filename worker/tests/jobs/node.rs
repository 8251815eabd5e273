//! A node without its workers: database, directories, engine, and what the test turns.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::clock::Clock;
use sandboxd_shared::config::{DataOptions, make_private_dir};
use sandboxd_shared::domain::{DriverKind as RowKind, Limits};
use sandboxd_shared::feed::{Changes, Doorbell};
use sandboxd_shared::jobs::Defaults;
use sandboxd_shared::secrets::{KeyRing, Keys, MasterKey};
use sandboxd_shared::store::{Store, migrate, nodes};
use sandboxd_worker::firewall::Unguarded;
use sandboxd_worker::reconcile::Reconciler;
use sandboxd_worker::runner::{Reaper, SandboxLocks};
use sandboxd_worker::runtime::fake::{FakeEngine, FakeRuntime};
use sandboxd_worker::sandbox::{Containers, Environments, Place, SandboxSettings, Storage};
use sandboxd_worker::workspace::{DriverKind, Settings, WorkspaceDriver, open};
use tempfile::TempDir;
use tokio::sync::{Notify, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio_util::sync::CancellationToken;

use crate::agent::FakeSupervisor;
use crate::fakes::{FakeCapacity, FakeInit, FakeProber, ShiftClock};
use crate::worker::{Setup, TestWorker};

pub(crate) const NODE: &str = "n1";
pub(crate) const OWNER: &str = "alice";
pub(crate) const IMAGE: &str = "base:1";
pub(crate) const MEMORY: u64 = 256 << 20;

/// Crash points are the process': who arms some is alone in it.
static POINTS: RwLock<()> = RwLock::const_new(());

enum Hold {
    Shared { _guard: RwLockReadGuard<'static, ()> },
    Alone { _guard: RwLockWriteGuard<'static, ()> },
}

pub(crate) struct TestNode {
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    pub(crate) changes: Changes,
    pub(crate) clock: Arc<ShiftClock>,
    pub(crate) engine: Arc<FakeEngine>,
    pub(crate) init: Arc<FakeInit>,
    pub(crate) agents: Arc<FakeSupervisor>,
    pub(crate) prober: Arc<FakeProber>,
    pub(crate) capacity: Arc<FakeCapacity>,
    pub(crate) driver: Arc<dyn WorkspaceDriver>,
    pub(crate) options: DataOptions,
    _dir: TempDir,
    _shutdown: tokio_util::sync::DropGuard,
    _hold: Hold,
}

impl TestNode {
    /// With overlay workspaces and no worker.
    pub(crate) async fn new() -> Self {
        let hold = Hold::Shared { _guard: POINTS.read().await };
        Self::build(DriverKind::Overlay, hold, "d").await
    }

    pub(crate) async fn with_copies() -> Self {
        let hold = Hold::Shared { _guard: POINTS.read().await };
        Self::build(DriverKind::Copy, hold, "d").await
    }

    /// For a test that arms crash points.
    pub(crate) async fn alone() -> Self {
        Self::build(DriverKind::Overlay, Hold::Alone { _guard: POINTS.write().await }, "d").await
    }

    /// With so long a path that chains are merged early.
    pub(crate) async fn with_short_chains() -> Self {
        let hold = Hold::Shared { _guard: POINTS.read().await };
        Self::build(DriverKind::Overlay, hold, &"d".repeat(200)).await
    }

    pub(crate) async fn alone_with_short_chains() -> Self {
        let hold = Hold::Alone { _guard: POINTS.write().await };
        Self::build(DriverKind::Overlay, hold, &"d".repeat(200)).await
    }

    async fn build(kind: DriverKind, hold: Hold, folder: &str) -> Self {
        assert!(rustix::process::geteuid().is_root(), "this suite mounts: run it as root");
        // RUST_LOG=debug shows what the workers say.
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer();
        let _ = log.try_init();
        // In memory where there is such a place: a sync waits for what the whole host has written.
        let memory = Path::new("/dev/shm");
        let dir = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap();
        let data_dir = dir.path().join(folder);
        let options = DataOptions { data_dir: data_dir.clone(), database_url: None };
        for folder in
            [&data_dir, &options.sandbox_locks(), &options.sandbox_runs(), &options.worker_locks()]
        {
            make_private_dir(folder).unwrap();
        }
        let clock = Arc::new(ShiftClock::default());
        let shutdown = CancellationToken::new();
        let (store, changes) = connect(&bells(dir.path()), &options, &clock, &shutdown).await;
        migrate(&store).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let row = match kind {
            DriverKind::Overlay => RowKind::Overlay,
            DriverKind::Copy => RowKind::Copy,
        };
        nodes::set_driver(&mut tx, NODE, row, "a test", clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            store,
            keys: Keys::fixed(KeyRing::of(MasterKey::generate().unwrap())),
            changes,
            clock,
            engine: FakeEngine::new(&[IMAGE]),
            init: Arc::default(),
            agents: Arc::default(),
            prober: Arc::default(),
            capacity: Arc::default(),
            driver: open(&data_dir, kind, Settings::default()).await.unwrap(),
            options,
            _dir: dir,
            _shutdown: shutdown.drop_guard(),
            _hold: hold,
        }
    }

    /// A worker process with leases too long to matter.
    pub(crate) async fn worker(&self) -> TestWorker {
        self.worker_with(Duration::from_secs(30), Duration::from_secs(5)).await
    }

    pub(crate) async fn worker_with(&self, lease: Duration, drain: Duration) -> TestWorker {
        let setup = Setup {
            bells: bells(self._dir.path()),
            options: self.options.clone(),
            keys: self.keys.clone(),
            clock: Arc::clone(&self.clock),
            engine: Arc::clone(&self.engine),
            init: Arc::clone(&self.init),
            agents: Arc::clone(&self.agents),
            prober: Arc::clone(&self.prober),
            capacity: Arc::clone(&self.capacity),
            driver: Arc::clone(&self.driver),
            lease,
            drain,
        };
        TestWorker::start(setup).await
    }

    pub(crate) fn runtime(&self) -> FakeRuntime {
        FakeRuntime::new(Arc::clone(&self.engine), NODE)
    }

    pub(crate) fn data(&self) -> &PathBuf {
        &self.options.data_dir
    }

    pub(crate) fn defaults(&self) -> Defaults {
        let limits = Limits { memory_bytes: MEMORY, cpus: 1.0, pids: 64, disk_bytes: 1 << 30 };
        Defaults { node: NODE.to_owned(), image: IMAGE.to_owned(), limits }
    }

    pub(crate) fn locks(&self) -> SandboxLocks {
        SandboxLocks::new(self.options.sandbox_locks())
    }

    pub(crate) fn containers(&self) -> Containers {
        Containers {
            runtime: Arc::new(self.runtime()),
            storage: Storage::new(self.store.clone(), Arc::clone(&self.driver), NODE.to_owned()),
            place: Place::new(self.options.sandbox_runs()),
            init: Arc::clone(&self.init) as _,
            environments: self.environments(),
            settings: settings(),
            guard: Arc::new(Unguarded { store: self.store.clone(), node: NODE.to_owned() }),
        }
    }

    pub(crate) fn environments(&self) -> Environments {
        Environments {
            store: self.store.clone(),
            keys: self.keys.clone(),
            place: Place::new(self.options.sandbox_runs()),
            init: Arc::clone(&self.init) as _,
            locks: self.locks(),
        }
    }

    pub(crate) fn reconciler(&self) -> Reconciler {
        Reconciler {
            store: self.store.clone(),
            node: NODE.to_owned(),
            containers: self.containers(),
            locks: self.locks(),
            worker_locks: self.options.worker_locks(),
            retention: None,
            checkpoints_kept: 0,
            orphan_grace: Duration::from_mins(10),
            ended: Arc::new(Notify::new()),
            changes: self.changes.clone(),
            news: Arc::new(Notify::new()),
        }
    }

    /// One look at everything by a reconciler of the test's own.
    pub(crate) async fn reconcile(&self) {
        self.reconciler().once().await.unwrap();
    }

    /// One look of a reaper of the test's own.
    pub(crate) async fn reap(&self) {
        let worker_locks = self.options.worker_locks();
        let (store, node) = (self.store.clone(), NODE.to_owned());
        Reaper { store, node, worker_locks }.reap().await.unwrap();
    }
}

/// A socket's path is short, whatever the data directory's is.
fn bells(dir: &Path) -> PathBuf {
    dir.join("b")
}

pub(crate) fn settings() -> SandboxSettings {
    SandboxSettings { oci_runtime: None, nofile: None }
}

/// The database as one process sees it.
pub(crate) async fn connect(
    bells: &Path,
    options: &DataOptions,
    clock: &Arc<ShiftClock>,
    shutdown: &CancellationToken,
) -> (Store, Changes) {
    let bell = Doorbell::open(bells).unwrap();
    let listener = bell.listen().unwrap();
    let file = options.database_file().unwrap();
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    let store = Store::open(&file, clock, bell).await.unwrap();
    let changes = Changes::follow(store.clone(), listener, shutdown.clone());
    (store, changes)
}
