//! What a worker does: it looks at pokes, reaps, and, if it leads, reconciles. The parts are the real
//! ones but for apalis, whose delivery is a few statements here.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::feed::Changes;
use sandboxd_shared::store::queue::Poke;
use sandboxd_shared::store::{Store, StoreError};
use sandboxd_worker::firewall::Unguarded;
use sandboxd_worker::jobs::{Jobs, Tools};
use sandboxd_worker::reconcile::{Leader, Reconciler};
use sandboxd_worker::runner::{Reaper, Runner, SandboxLocks};
use sandboxd_worker::runtime::fake::FakeRuntime;
use sandboxd_worker::sandbox::{Containers, Environments, Place, SandboxSettings, Storage};
use sandboxd_worker::tasks::Tasks;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::agents::SimInit;
use crate::driver::SimDriver;
use crate::engine::SimRuntime;
use crate::fakes::{FakeCapacity, FakeProber};
use crate::process::Process;
use crate::worker::Site;

pub(crate) const NODE: &str = "n1";
/// Short, so that it runs out in a short life.
const LEASE: Duration = Duration::from_secs(4);
const DRAIN: Duration = Duration::from_secs(5);
/// When it looks for pokes without being rung.
const TICK: Duration = Duration::from_millis(500);

pub(crate) async fn work(process: Arc<Process>, store: Store, changes: Changes, site: Site) {
    let containers = containers(&process, &store, &site);
    let (ended, shutdown) = (Arc::new(Notify::new()), CancellationToken::new());
    let locks = SandboxLocks::new(site.data.sandbox_locks());
    let tools = Tools {
        containers: containers.clone(),
        capacity: Arc::new(FakeCapacity::default()),
        tasks: Tasks {
            containers: containers.clone(),
            supervisor: Arc::new(SimInit(Arc::clone(&process))),
            prober: Arc::new(FakeProber::default()),
            changes: changes.clone(),
        },
    };
    let jobs = Arc::new(Jobs::new(tools, Arc::clone(&ended)));
    let (name, worker_locks) = (process.name.clone(), site.data.worker_locks());
    let runner =
        Runner::new(store.clone(), changes.clone(), jobs, locks.clone(), name, LEASE, DRAIN);
    let reaper =
        Reaper { store: store.clone(), node: NODE.to_owned(), worker_locks: worker_locks.clone() };
    let lead = Leader { store: store.clone(), node: NODE.to_owned(), worker: process.name.clone() };
    let own_changes = changes.clone();
    let own_store = store.clone();
    let reconcile = move |token: CancellationToken| {
        let reconciler = Arc::new(Reconciler {
            store: own_store.clone(),
            node: NODE.to_owned(),
            containers: containers.clone(),
            locks: locks.clone(),
            worker_locks: worker_locks.clone(),
            retention: None,
            orphan_grace: Duration::from_mins(10),
            checkpoints_kept: 0,
            ended: Arc::clone(&ended),
            changes: own_changes.clone(),
            news: Arc::new(Notify::new()),
        });
        reconciler.run(token)
    };
    tokio::join!(
        reaper.run(shutdown.clone()),
        lead.run(shutdown, reconcile),
        consume(process, store, changes, Arc::new(runner)),
    );
}

fn containers(process: &Arc<Process>, store: &Store, site: &Site) -> Containers {
    let init = Arc::new(SimInit(Arc::clone(process)));
    let place = Place::new(site.data.sandbox_runs());
    Containers {
        runtime: Arc::new(SimRuntime {
            process: Arc::clone(process),
            engine: FakeRuntime::new(Arc::clone(&process.world.engine), NODE),
        }),
        storage: Storage::new(
            store.clone(),
            Arc::new(SimDriver(Arc::clone(process))),
            NODE.to_owned(),
        ),
        place: place.clone(),
        init: Arc::clone(&init) as _,
        environments: Environments {
            store: store.clone(),
            keys: site.keys.clone(),
            place,
            init,
            locks: SandboxLocks::new(site.data.sandbox_locks()),
        },
        settings: SandboxSettings { oci_runtime: None, nofile: None },
        guard: Arc::new(Unguarded { store: store.clone(), node: NODE.to_owned() }),
    }
}

/// Takes pokes and has them looked at, as apalis does: all of them at once, since how many a queue
/// takes at a time is no matter of being right.
async fn consume(process: Arc<Process>, store: Store, mut changes: Changes, runner: Arc<Runner>) {
    loop {
        changes.mark_seen();
        // One that fails is tried again at the next tick.
        if let Ok(pokes) = take(&store).await {
            for (id, poke) in pokes {
                let (runner, store) = (Arc::clone(&runner), store.clone());
                let rate = process.world.plan.rates().lost_poke;
                if process.world.plan.strikes(&format!("{}/poke", process.slot), rate) {
                    continue;
                }
                tokio::spawn(async move {
                    runner.look(poke.operation).await;
                    let _ = answer(&store, &id).await;
                });
            }
        }
        let _ = tokio::time::timeout(TICK, changes.changed()).await;
    }
}

async fn take(store: &Store) -> Result<Vec<(String, Poke)>, StoreError> {
    let waiting: bool = {
        let mut conn = store.read().await?;
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM Jobs WHERE status = 'Pending')")
            .fetch_one(&mut *conn)
            .await?
    };
    if !waiting {
        return Ok(Vec::new());
    }
    let mut tx = store.write_lightly().await?;
    let mut taken: Vec<(String, Vec<u8>)> = sqlx::query_as(
        "UPDATE Jobs SET status = 'Queued', lock_at = $1 WHERE status = 'Pending' RETURNING id, job",
    )
    .bind(store.clock().now().0 / 1000)
    .fetch_all(&mut *tx)
    .await?;
    tx.commit_quietly().await?;
    // SQLite has them in the order of the host's clock.
    taken.sort();
    let poke = |job: Vec<u8>| serde_json::from_slice(&job).expect("a poke is JSON");
    Ok(taken.into_iter().map(|(id, job)| (id, poke(job))).collect())
}

async fn answer(store: &Store, id: &str) -> Result<(), StoreError> {
    let mut tx = store.write_lightly().await?;
    sqlx::query("UPDATE Jobs SET status = 'Done', done_at = $2 WHERE id = $1")
        .bind(id)
        .bind(store.clock().now().0 / 1000)
        .execute(&mut *tx)
        .await?;
    tx.commit_quietly().await
}
