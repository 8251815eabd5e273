//! One life of an installation: workers at work, clients asking, faults; then peace, and the check.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sandboxd_shared::clock::{Clock, ManualClock, Timestamp};
use sandboxd_shared::config::{DataOptions, make_private_dir};
use sandboxd_shared::feed::Doorbell;
use sandboxd_shared::secrets::{KeyRing, Keys, MasterKey};
use sandboxd_shared::simulation::take_ids_from;
use sandboxd_shared::store::Store;
use sandboxd_worker::runtime::ContainerName;
use sandboxd_worker::runtime::fake::FakeEngine;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use tokio::runtime::Runtime;
use ulid::Ulid;

use crate::agents::Agents;
use crate::check;
use crate::client::{Client, IMAGE};
use crate::disk::Disk;
use crate::plan::Plan;
use crate::process::World;
use crate::rng::Rng;
use crate::trace::Trace;
use crate::worker::{Site, Worker};

/// 2026-01-01T00:00:00Z.
const BIRTH: Timestamp = Timestamp(1_767_225_600_000);
/// How long everything may take to come to rest.
const REST_LIMIT: Duration = Duration::from_mins(10);
/// Longer than the reconciler waits between two looks at everything.
const LOOKS: Duration = Duration::from_secs(35);
/// Longer than the grace that the reconciler gives to directories without a row.
const GRACE: Duration = Duration::from_mins(11);

/// Panics of this process: a job's is caught by the runner, and is a mistake all the same.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What became of a life.
pub(crate) struct Outcome {
    pub(crate) wrong: Vec<String>,
    pub(crate) hash: String,
    pub(crate) lines: Vec<String>,
    pub(crate) summary: String,
}

struct Life {
    world: Arc<World>,
    site: Site,
    client: Client,
    runtime: Runtime,
    workers: Vec<Option<Worker>>,
    /// When an empty place gets a worker again.
    back_at: Vec<Timestamp>,
    started: usize,
    /// Who keeps the database busy, and until when.
    busy: Option<(sqlx::pool::PoolConnection<sqlx::Sqlite>, Timestamp)>,
    pool: sqlx::SqlitePool,
    rounds: usize,
    /// How many commits were told of.
    commits: u64,
}

/// Lives the life of `seed` in the empty folder `folder`, on a copy of the database `template`.
pub(crate) fn live(seed: u64, folder: &Path, template: &Path) -> Outcome {
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("{panic}");
        PANICS.lock().unwrap_or_else(PoisonError::into_inner).push(panic.to_string());
    }));
    let mut life = Life::begin(seed, folder, template);
    let lived = std::panic::catch_unwind(AssertUnwindSafe(|| {
        life.go_through_it();
        life.come_to_rest();
        life.judge();
        life.end();
    }));
    let outcome = life.outcome();
    if lived.is_err() {
        // What was in the middle of something can't be ended in an orderly way.
        std::mem::forget(life);
    }
    outcome
}

fn world(seed: u64) -> Arc<World> {
    let clock = Arc::new(ManualClock::new(BIRTH));
    let engine = FakeEngine::new(&[IMAGE]);
    let (at, mut dice) = (Arc::clone(&clock), Rng::new(seed ^ 0x1D5));
    take_ids_from(move || {
        let random = (u128::from(dice.next()) << 64) | u128::from(dice.next());
        Ulid::from_parts(u64::try_from(at.now().0).unwrap(), random)
    });
    Arc::new(World {
        plan: Plan::new(seed),
        trace: Trace::new(Arc::clone(&clock)),
        disk: Disk::new(Arc::clone(&engine), Arc::clone(&clock)),
        agents: Agents::default(),
        commits: AtomicU64::new(1),
        engine,
        clock,
    })
}

impl Life {
    fn begin(seed: u64, folder: &Path, template: &Path) -> Self {
        let world = world(seed);
        let data = DataOptions { data_dir: folder.to_owned(), database_url: None };
        for folder in [data.sandbox_locks(), data.sandbox_runs(), data.worker_locks()] {
            make_private_dir(&folder).unwrap();
        }
        let database = folder.join("sim.db");
        std::fs::copy(template, &database).unwrap();
        let keys = Keys::fixed(KeyRing::of(MasterKey::generate().unwrap()));
        let site = Site { data, database: database.clone(), keys };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let pool = {
            let _entered = runtime.enter();
            let options = SqliteConnectOptions::new().filename(&database).foreign_keys(true);
            SqlitePoolOptions::new().max_connections(3).connect_lazy_with(options)
        };
        let clock = Arc::clone(&world.clock) as _;
        let store = Store::over(&pool, &database, clock, Doorbell::silent());
        let client = Client::new(Arc::clone(&world), store);
        let count = 2 + world.plan.dice("workers").below(2);
        let workers = (0..count).map(|_| None).collect();
        let back_at = vec![BIRTH; count];
        let (started, busy, rounds, commits) = (0, None, 0, 0);
        Self {
            world,
            site,
            client,
            runtime,
            workers,
            back_at,
            started,
            busy,
            pool,
            rounds,
            commits,
        }
    }

    fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// Time passes; whoever can works, in an order of the plan's.
    fn round(&mut self, passed: Duration) {
        self.rounds += 1;
        self.world.clock.advance(passed);
        self.replace_workers();
        let mut order: Vec<usize> = (0..self.workers.len()).collect();
        let mut dice = self.world.plan.dice("order");
        for last in (1..order.len()).rev() {
            order.swap(last, dice.below(last + 1));
        }
        for slot in order {
            let Some(mut worker) = self.workers[slot].take() else { continue };
            if worker.is_stopped() {
                worker.stand_still(passed);
            } else {
                worker.run(passed);
            }
            if worker.process.is_doomed() {
                self.bury(slot, worker, true);
            } else {
                self.workers[slot] = Some(worker);
            }
        }
        let commits = self.world.commits.load(Ordering::SeqCst);
        if std::mem::replace(&mut self.commits, commits) == commits {
            return;
        }
        self.runtime.block_on(self.client.observe());
        // A ring may be missed; the ticks go on without it.
        if dice.below(4) > 0 {
            self.workers.iter().flatten().for_each(Worker::ring);
        }
    }

    fn bury(&mut self, slot: usize, worker: Worker, known: bool) {
        worker.kill(known);
        let away = self.world.plan.dice("away").below(6_000);
        self.back_at[slot] = self.now().plus(Duration::from_millis(u64::try_from(away).unwrap()));
    }

    fn replace_workers(&mut self) {
        for slot in 0..self.workers.len() {
            if self.workers[slot].is_none() && self.back_at[slot] <= self.now() {
                self.started += 1;
                let worker = Worker::start(&self.world, &self.site, slot, self.started);
                self.workers[slot] = Some(worker);
            }
        }
    }

    fn go_through_it(&mut self) {
        let mut dice = self.world.plan.dice("life");
        let end = self.now().plus(Duration::from_secs(u64::try_from(8 + dice.below(14)).unwrap()));
        let haste = 3 + dice.below(8);
        while self.now() < end {
            let step = [1, 5, 10, 20, 40, 80, 160][dice.below(7)];
            self.strike();
            self.round(Duration::from_millis(step));
            if self.busy.is_none() && dice.below(30) < haste {
                self.runtime.block_on(self.client.act());
            }
            if dice.below(3) == 0 {
                let sandboxes = self.client.model.sandboxes();
                if let Some(sandbox) = dice.pick(&sandboxes) {
                    self.client.write(*sandbox);
                }
            }
        }
    }

    /// What happens to processes as a whole, to the database and to containers.
    fn strike(&mut self) {
        let plan = &self.world.plan;
        let (kill, stop) = (plan.rates().kill, plan.rates().stop);
        for slot in 0..self.workers.len() {
            let plan = &self.world.plan;
            let killed = plan.strikes("kill", kill);
            let stopped = plan.strikes("stop", stop);
            if let Some(worker) = &mut self.workers[slot] {
                if stopped {
                    worker.process.stop();
                }
                worker.begin_stop();
            }
            if killed && let Some(worker) = self.workers[slot].take() {
                let known = self.world.plan.dice("known").below(3) > 0;
                self.bury(slot, worker, known);
            }
        }
        self.keep_busy();
        self.end_containers();
    }

    /// Somebody else holds the database's write lock for a while.
    fn keep_busy(&mut self) {
        let now = self.now();
        if self.busy.as_ref().is_some_and(|(_, until)| *until <= now)
            && let Some((mut conn, _)) = self.busy.take()
        {
            self.runtime.block_on(async move {
                sqlx::query("ROLLBACK").execute(&mut *conn).await.unwrap();
            });
        }
        let rate = self.world.plan.rates().busy_database;
        if self.busy.is_none() && self.world.plan.strikes("busy", rate) {
            let time = 20 + self.world.plan.dice("busy time").below(1_500);
            let until = now.plus(Duration::from_millis(u64::try_from(time).unwrap()));
            let conn = self.runtime.block_on(async {
                let mut conn = self.pool.acquire().await.unwrap();
                sqlx::query("BEGIN IMMEDIATE").execute(&mut *conn).await.unwrap();
                conn
            });
            self.world.trace.note("the database is busy");
            self.busy = Some((conn, until));
        }
    }

    /// A container ends by itself, or somebody removes it.
    fn end_containers(&mut self) {
        let plan = &self.world.plan;
        if !plan.strikes("death", plan.rates().death) {
            return;
        }
        let mut dice = plan.dice("which");
        let sandboxes = self.client.model.sandboxes();
        let Some(sandbox) = dice.pick(&sandboxes) else { return };
        let name = ContainerName::new(format!("s-{}", sandbox.lower())).unwrap();
        self.world.trace.note(&format!("{name} ends"));
        match dice.below(3) {
            0 => self.world.engine.kill(&name, 1),
            1 => self.world.engine.kill_for_memory(&name),
            _ => self.world.engine.remove_by_hand(&name),
        }
    }

    fn come_to_rest(&mut self) {
        self.world.trace.note("peace");
        self.world.plan.calm_down();
        let now = self.now();
        if let Some((_, until)) = &mut self.busy {
            *until = now;
        }
        self.keep_busy();
        self.back_at.fill(now);
        for worker in self.workers.iter_mut().flatten() {
            worker.stopped_until = None;
        }
        self.wait_for_rest();
        if self.world.plan.is_well() {
            self.runtime.block_on(self.client.check_rescues());
        }
        // One worker is enough to tidy up.
        for worker in self.workers.iter_mut().skip(1).filter_map(Option::take) {
            worker.kill(true);
        }
        self.back_at[1..].fill(Timestamp(i64::MAX));
        self.pass(LOOKS);
        self.pass(GRACE);
        self.pass(LOOKS);
        // An ended operation may have left another one, such as a merge.
        self.wait_for_rest();
    }

    fn wait_for_rest(&mut self) {
        let until = self.now().plus(REST_LIMIT);
        let mut step = 20;
        while !self.runtime.block_on(check::at_rest(&self.client)) {
            if self.now() > until {
                self.world.trace.wrong("operations do not come to an end");
                return;
            }
            self.round(Duration::from_millis(step));
            step = (step + 20).min(500);
        }
    }

    /// Lets a long time pass in one step, and short ones for what it has made due.
    fn pass(&mut self, time: Duration) {
        self.round(time);
        for _ in 0..8 {
            self.round(Duration::from_millis(700));
        }
    }

    fn judge(&mut self) {
        self.runtime.block_on(self.client.check(&self.site));
        if !self.world.trace.all_wrong().is_empty() {
            return;
        }
        for _ in 0..10 {
            let gone = self.runtime.block_on(self.client.delete_everything());
            self.wait_for_rest();
            if gone {
                break;
            }
        }
        self.pass(LOOKS);
        self.pass(GRACE);
        self.pass(LOOKS);
        self.runtime.block_on(self.client.check(&self.site));
        self.runtime.block_on(self.client.check_nothing_left(&self.site));
    }

    fn end(&mut self) {
        for worker in self.workers.drain(..).flatten() {
            worker.kill(true);
        }
    }

    fn outcome(&self) -> Outcome {
        let mut wrong = self.world.trace.all_wrong();
        let panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.extend(panics.iter().map(|panic| format!("panic: {panic}")));
        let summary = format!(
            "{} operations, {} workers, {} rounds, {} ms",
            self.client.accepted.len(),
            self.started,
            self.rounds,
            self.now().millis_since(BIRTH)
        );
        let (hash, lines) = (self.world.trace.hash(), self.world.trace.lines());
        Outcome { wrong, hash, lines, summary }
    }
}
