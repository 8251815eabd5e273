//! A worker process at work: consumers, reaper, heartbeat and housekeeping over given parts, until
//! it is told to end. The parts are real in `main` and fake in tests.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::config::{DataOptions, make_private_dir};
use sandboxd_shared::feed::Changes;
use sandboxd_shared::secrets::Keys;
use sandboxd_shared::store::Store;
use sandboxd_shared::store::workers::Worker;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::liveness;
use crate::broker::{self, Broker};
use crate::doctor::Doctor;
use crate::firewall::Guard;
use crate::health::{Pace, Prober, Watch};
use crate::idle::{IdleSettings, Oversized, Upkeep};
use crate::jobs::{Jobs, Tools};
use crate::node;
use crate::queue::{Concurrency, Consumer, Lookout};
use crate::reconcile::{Leader, Reconciler};
use crate::runner::{Reaper, Runner, SandboxLocks};
use crate::runtime::Runtime;
use crate::sandbox::{Capacity, Containers, Environments, Init, Place, SandboxSettings, Storage};
use crate::tasks::{Supervisor, Tasks};
use crate::webhooks::{Courier, Poster};
use crate::workspace::WorkspaceDriver;

/// What a worker is made of.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Its name, new at each start.
    pub name: String,
    /// The node it works for.
    pub node: String,
    /// The data directory.
    pub data: DataOptions,
    /// The database.
    pub store: Store,
    /// What config is sealed with.
    pub keys: Keys,
    /// When to look at it.
    pub changes: Changes,
    /// The engine.
    pub runtime: Arc<dyn Runtime>,
    /// The workspaces' bytes.
    pub driver: Arc<dyn WorkspaceDriver>,
    /// PID 1 of each sandbox.
    pub init: Arc<dyn Init>,
    /// The same about tasks.
    pub supervisor: Arc<dyn Supervisor>,
    /// Who probes previews.
    pub prober: Arc<dyn Prober>,
    /// What the host has to spare.
    pub capacity: Arc<dyn Capacity>,
    /// What all containers have in common.
    pub settings: SandboxSettings,
    /// Who keeps sandboxes apart on the network.
    pub guard: Arc<dyn Guard>,
    /// The queues to take from.
    pub queues: Vec<Concurrency>,
    /// How long leases last.
    pub lease: Duration,
    /// How long a drain may take.
    pub drain: Duration,
    /// How long events and finished operations are kept.
    pub retention: Option<Duration>,
    /// How many checkpoints of an app are kept; 0 for all.
    pub checkpoints_kept: u32,
    /// How old a directory must be before a missing row counts.
    pub orphan_grace: Duration,
    /// `sandbox-init`, for the files of stopped sandboxes.
    pub init_binary: PathBuf,
    /// What is touched at each heartbeat.
    pub heartbeat_file: Option<PathBuf>,
    /// When sandboxes are stopped for want of use or of memory.
    pub idle: IdleSettings,
    /// Who posts to webhooks.
    pub poster: Arc<Poster>,
}

/// Works until `shutdown`, then drains.
///
/// # Errors
/// If the process' own directories or lock can't be made, or a part of it panicked.
pub async fn run(parts: Parts, shutdown: CancellationToken) -> std::io::Result<()> {
    for folder in [parts.data.sandbox_locks(), parts.data.sandbox_runs(), parts.data.worker_locks()]
    {
        make_private_dir(&folder)?;
    }
    let _alive = liveness::announce(&parts.data.worker_locks(), &parts.name)?;
    let listening =
        node::listen(&parts.data.node_sockets(), &parts.data.worker_locks(), &parts.name)?;
    let locks = SandboxLocks::new(parts.data.sandbox_locks());
    let ended = Arc::new(Notify::new());
    let containers = containers(&parts);
    let jobs = Arc::new(Jobs::new(
        Tools {
            containers: containers.clone(),
            capacity: Arc::clone(&parts.capacity),
            tasks: tasks_of(&parts, &containers),
        },
        Arc::clone(&ended),
    ));
    let runner = Arc::new(Runner::new(
        parts.store.clone(),
        parts.changes.clone(),
        jobs,
        locks.clone(),
        parts.name.clone(),
        parts.lease,
        parts.drain,
    ));
    let mut tasks = JoinSet::new();
    consume(&parts, &runner, &mut tasks, &shutdown);
    let reaper = Reaper {
        store: parts.store.clone(),
        node: parts.node.clone(),
        worker_locks: parts.data.worker_locks(),
    };
    tasks.spawn(reaper.run(shutdown.clone()));
    let node = node_service(&parts, &containers, &locks);
    tasks.spawn(node.serve(listening, parts.drain, shutdown.clone()));
    let courier = Courier {
        store: parts.store.clone(),
        changes: parts.changes.clone(),
        worker: parts.name.clone(),
        poster: Arc::clone(&parts.poster),
    };
    tasks.spawn(courier.run(shutdown.clone()));
    tasks.spawn(housekeeping(parts.clone(), containers, locks, ended, shutdown.clone()));
    let (beating, file) = (parts.store.clone(), parts.heartbeat_file.clone());
    let beat = tokio::spawn(liveness::beat(beating, row(&parts), file, shutdown.clone()));
    // None of them ends before the shutdown, unless it panicked. A process that lacks a part is
    // worse than none: it ends, and whoever runs it starts another.
    let broken = tokio::select! {
        () = shutdown.cancelled() => false,
        // At the shutdown all of them end, and may be seen first.
        Some(part) = tasks.join_next() => !shutdown.is_cancelled() && {
            tracing::error!(?part, "a part of the worker ended by itself; the process ends");
            shutdown.cancel();
            true
        }
    };
    tracing::info!(worker = parts.name, "draining");
    runner.drain().await;
    while tasks.join_next().await.is_some() {}
    let _ = beat.await;
    tracing::info!(worker = parts.name, "ended");
    if broken { Err(std::io::Error::other("a part of the worker ended by itself")) } else { Ok(()) }
}

/// Has pokes taken from the queues, and given to the runner.
fn consume(
    parts: &Parts,
    runner: &Arc<Runner>,
    tasks: &mut JoinSet<()>,
    shutdown: &CancellationToken,
) {
    let classes: Vec<_> = parts.queues.iter().map(|queue| queue.class).collect();
    let (store, changes) = (parts.store.clone(), parts.changes.clone());
    let (lookout, rings) = Lookout::new(store, changes, &parts.node, &classes);
    for (concurrency, rings) in parts.queues.iter().zip(rings) {
        let (store, runner) = (parts.store.clone(), Arc::clone(runner));
        let consumer = Consumer { store, rings, runner, node: parts.node.clone() };
        tasks.spawn(consumer.run(*concurrency, shutdown.clone()));
    }
    tasks.spawn(lookout.run(shutdown.clone()));
}

fn containers(parts: &Parts) -> Containers {
    let storage = Storage::new(parts.store.clone(), Arc::clone(&parts.driver), parts.node.clone());
    let place = Place::new(parts.data.sandbox_runs());
    Containers {
        runtime: Arc::clone(&parts.runtime),
        storage,
        place: place.clone(),
        init: Arc::clone(&parts.init),
        environments: Environments {
            store: parts.store.clone(),
            keys: parts.keys.clone(),
            place,
            init: Arc::clone(&parts.init),
            locks: SandboxLocks::new(parts.data.sandbox_locks()),
        },
        settings: parts.settings.clone(),
        guard: Arc::clone(&parts.guard),
    }
}

fn tasks_of(parts: &Parts, containers: &Containers) -> Tasks {
    Tasks {
        containers: containers.clone(),
        supervisor: Arc::clone(&parts.supervisor),
        prober: Arc::clone(&parts.prober),
        changes: parts.changes.clone(),
    }
}

fn node_service(parts: &Parts, containers: &Containers, locks: &SandboxLocks) -> Arc<node::Node> {
    let (capacity, data) = (Arc::clone(&parts.capacity), parts.data.data_dir.clone());
    let doctor = Doctor::new(containers.clone(), capacity, data);
    Arc::new(node::Node::new(
        parts.changes.clone(),
        locks.clone(),
        containers,
        doctor,
        Arc::clone(&parts.capacity),
        parts.init_binary.clone(),
        parts.data.node_sockets(),
    ))
}

fn row(parts: &Parts) -> Worker {
    let now = parts.store.clock().now();
    let queues: Vec<&str> = parts.queues.iter().map(|queue| queue.class.as_str()).collect();
    Worker {
        name: parts.name.clone(),
        node: parts.node.clone(),
        pid: i64::from(std::process::id()),
        queues: queues.join(","),
        started_at: now,
        seen_at: now,
    }
}

/// Reconciling, watching previews and giving config, in the worker that leads.
async fn housekeeping(
    parts: Parts,
    containers: Containers,
    locks: SandboxLocks,
    ended: Arc<Notify>,
    shutdown: CancellationToken,
) {
    let leader =
        Leader { store: parts.store.clone(), node: parts.node.clone(), worker: parts.name.clone() };
    leader
        .run(shutdown, move |token| {
            let watch = Watch {
                pace: Pace::default(),
                store: parts.store.clone(),
                changes: parts.changes.clone(),
                node: parts.node.clone(),
                prober: Arc::clone(&parts.prober),
                init: Arc::clone(&parts.init),
                place: containers.place.clone(),
            };
            let broker = Broker {
                pace: broker::Pace::default(),
                store: parts.store.clone(),
                changes: parts.changes.clone(),
                node: parts.node.clone(),
                environments: containers.environments.clone(),
            };
            let reconciler = Arc::new(Reconciler {
                store: parts.store.clone(),
                node: parts.node.clone(),
                containers: containers.clone(),
                locks: locks.clone(),
                worker_locks: parts.data.worker_locks(),
                retention: parts.retention,
                checkpoints_kept: parts.checkpoints_kept,
                orphan_grace: parts.orphan_grace,
                ended: Arc::clone(&ended),
                changes: parts.changes.clone(),
                news: Arc::new(Notify::new()),
            });
            let upkeep = Upkeep {
                store: parts.store.clone(),
                node: parts.node.clone(),
                capacity: Arc::clone(&parts.capacity),
                settings: parts.idle,
            };
            let oversized = Oversized {
                store: parts.store.clone(),
                node: parts.node.clone(),
                storage: containers.storage.clone(),
            };
            let (guard, changes) = (Arc::clone(&parts.guard), parts.changes.clone());
            async move {
                tokio::join!(
                    watch.run(token.clone()),
                    upkeep.run(token.clone()),
                    oversized.run(token.clone()),
                    broker.run(token.clone()),
                    reconciler.run(token.clone()),
                    guard.watch(changes, token),
                );
            }
        })
        .await;
}
