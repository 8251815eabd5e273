//! A worker process, on a thread and a runtime of its own, so that it can be killed and stopped
//! without asking it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use sandboxd_shared::config::{DataOptions, make_private_dir};
use sandboxd_shared::domain::QueueClass;
use sandboxd_shared::secrets::Keys;
use sandboxd_shared::store::Store;
use sandboxd_worker::firewall::Unguarded;
use sandboxd_worker::idle::IdleSettings;
use sandboxd_worker::process::{Parts, run};
use sandboxd_worker::queue::Concurrency;
use sandboxd_worker::runtime::fake::{FakeEngine, FakeRuntime};
use sandboxd_worker::workspace::WorkspaceDriver;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use crate::agent::FakeSupervisor;
use crate::fakes::{FakeCapacity, FakeInit, FakeProber, ShiftClock};
use crate::node::{NODE, connect, settings};

/// How long a worker may take to end after its drain.
const END_LIMIT: Duration = Duration::from_secs(15);

pub(crate) struct Setup {
    pub(crate) bells: PathBuf,
    pub(crate) options: DataOptions,
    pub(crate) keys: Keys,
    pub(crate) clock: Arc<ShiftClock>,
    pub(crate) engine: Arc<FakeEngine>,
    pub(crate) init: Arc<FakeInit>,
    pub(crate) agents: Arc<FakeSupervisor>,
    pub(crate) prober: Arc<FakeProber>,
    pub(crate) capacity: Arc<FakeCapacity>,
    pub(crate) driver: Arc<dyn WorkspaceDriver>,
    pub(crate) lease: Duration,
    pub(crate) drain: Duration,
}

pub(crate) struct TestWorker {
    pub(crate) name: String,
    options: DataOptions,
    handle: tokio::runtime::Handle,
    store: Store,
    shutdown: CancellationToken,
    die: Option<oneshot::Sender<()>>,
    ended: Option<oneshot::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestWorker {
    pub(crate) async fn start(setup: Setup) -> Self {
        let name = format!("{NODE}-{}", Ulid::generate().to_string().to_ascii_lowercase());
        let options = setup.options.clone();
        let shutdown = CancellationToken::new();
        let (die, death) = oneshot::channel();
        let (tell_ended, ended) = oneshot::channel();
        let (tell_handle, handle) = oneshot::channel();
        let (tell_store, store) = oneshot::channel();
        let (own_name, own_shutdown) = (name.clone(), shutdown.clone());
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let _ = tell_handle.send(runtime.handle().clone());
            runtime.block_on(async {
                tokio::select! {
                    () = work(setup, own_name, own_shutdown, tell_store) => {}
                    _ = death => {}
                }
            });
            // Whatever ran in it ends where it stands.
            runtime.shutdown_background();
            let _ = tell_ended.send(());
        });
        let (handle, store) = (handle.await.unwrap(), store.await.unwrap());
        let (die, ended, thread) = (Some(die), Some(ended), Some(thread));
        Self { name, options, handle, store, shutdown, die, ended, thread }
    }

    /// Ends it as SIGTERM does, and waits.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        self.wait().await;
    }

    /// Tells it to end, and does not wait.
    pub(crate) fn begin_stop(&self) {
        self.shutdown.cancel();
    }

    pub(crate) async fn wait(&mut self) {
        let ended = self.ended.take().unwrap();
        tokio::time::timeout(END_LIMIT, ended).await.expect("the worker did not end").unwrap();
        self.thread.take().unwrap().join().unwrap();
    }

    /// Ends it as kill -9 does: its lock file stays and is free.
    pub(crate) async fn kill(mut self) {
        self.vanish_now().await;
        std::fs::File::create(self.lock_file()).unwrap();
    }

    /// Ends it so that nobody on this host can tell: only its leases run out.
    pub(crate) async fn vanish(mut self) {
        self.vanish_now().await;
    }

    async fn vanish_now(&mut self) {
        let _ = self.die.take().unwrap().send(());
        self.wait().await;
    }

    fn lock_file(&self) -> PathBuf {
        self.options.worker_locks().join(format!("{}.lock", self.name))
    }

    /// Stops it as SIGSTOP does: it keeps its locks and does nothing until the guard is dropped.
    /// Not in the middle of a write to the database: the others would wait for it.
    pub(crate) async fn freeze(&self) -> Frozen {
        // A process has one connection of ours that writes, and a few of the queue's.
        let queue = self.store.queue_pool();
        let mut queues = Vec::new();
        for _ in 0..queue.options().get_max_connections() {
            queues.push(queue.acquire().await.unwrap());
        }
        let write = self.store.write().await.unwrap();
        let (thaw, wait) = mpsc::channel::<()>();
        let (tell, frozen) = mpsc::channel();
        self.handle.spawn(async move {
            tell.send(()).unwrap();
            // On purpose: the whole runtime of the worker stands still.
            let _ = wait.recv();
        });
        frozen.recv_timeout(END_LIMIT).unwrap();
        write.rollback().await.unwrap();
        drop(queues);
        Frozen { _thaw: thaw }
    }
}

impl Drop for TestWorker {
    fn drop(&mut self) {
        self.shutdown.cancel();
        let Some(die) = self.die.take() else { return };
        let _ = die.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

pub(crate) struct Frozen {
    _thaw: mpsc::Sender<()>,
}

/// The one that was built beside this suite, in a folder that only root looks into.
fn init_binary(options: &DataOptions, worker: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let beside = own.ancestors().map(|folder| folder.join("sandbox-init"));
    let built = beside.into_iter().find(|path| path.is_file());
    let built = built.expect("sandbox-init isn't built: cargo build -p sandboxd-supervisor");
    let private = options.data_dir.join("bin");
    make_private_dir(&private).unwrap();
    let binary = private.join(worker);
    std::fs::copy(built, &binary).unwrap();
    binary
}

async fn work(
    setup: Setup,
    name: String,
    shutdown: CancellationToken,
    tell_store: oneshot::Sender<Store>,
) {
    let feed = CancellationToken::new();
    let (store, changes) = connect(&setup.bells, &setup.options, &setup.clock, &feed).await;
    let _ = tell_store.send(store.clone());
    let init_binary = init_binary(&setup.options, &name);
    let queue = |class, limit| Concurrency { class, limit };
    let parts = Parts {
        name,
        node: NODE.to_owned(),
        data: setup.options,
        store: store.clone(),
        changes,
        runtime: Arc::new(FakeRuntime::new(setup.engine, NODE)),
        driver: setup.driver,
        init: setup.init,
        supervisor: setup.agents,
        prober: setup.prober,
        capacity: setup.capacity,
        settings: settings(),
        guard: Arc::new(Unguarded { store: store.clone(), node: NODE.to_owned() }),
        queues: vec![
            queue(QueueClass::Control, 4),
            queue(QueueClass::Snapshot, 4),
            queue(QueueClass::Task, 4),
            queue(QueueClass::Maintenance, 1),
        ],
        lease: setup.lease,
        drain: setup.drain,
        retention: None,
        checkpoints_kept: 0,
        orphan_grace: Duration::from_mins(10),
        heartbeat_file: None,
        init_binary,
        idle: IdleSettings { idle_after: Duration::ZERO, pressure_below: 0 },
        poster: Arc::new(crate::receiver::poster(&setup.keys)),
        keys: setup.keys,
    };
    run(parts, shutdown).await.unwrap();
    feed.cancel();
    store.close().await;
}
