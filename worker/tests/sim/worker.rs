//! A worker process on a runtime of its own, which the scheduler drives in slices on one thread.
//! Dropping the runtime is a kill; not driving it is a SIGSTOP.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use rustix::fs::FlockOperation;
use sandboxd_shared::clock::{Clock, Timestamp};
use sandboxd_shared::config::DataOptions;
use sandboxd_shared::feed::{Changes, Doorbell};
use sandboxd_shared::secrets::Keys;
use sandboxd_shared::store::Store;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, SqlitePool};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;

use crate::audit;
use crate::process::{Process, World};
use crate::threads;
use crate::work::work;

/// Where an installation keeps what is not in memory.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) data: DataOptions,
    pub(crate) database: PathBuf,
    pub(crate) keys: Keys,
}

#[derive(Default)]
struct Turn {
    waker: Mutex<Option<Waker>>,
    /// The runtime has nothing left to do.
    parked: AtomicBool,
}

impl Turn {
    /// Until the runtime has nothing left to do at this instant.
    async fn come_to_rest(&self) {
        // That must be so twice: what a timer has woken comes in between.
        let mut quiet = 0;
        self.parked.store(false, Ordering::SeqCst);
        std::future::poll_fn(|cx| {
            if self.parked.swap(false, Ordering::SeqCst) {
                let busy = Handle::current().metrics().global_queue_depth() > 0;
                quiet = if busy { 0 } else { quiet + 1 };
            }
            if quiet == 2 {
                return Poll::Ready(());
            }
            *self.waker.lock().unwrap() = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

pub(crate) struct Worker {
    pub(crate) process: Arc<Process>,
    pub(crate) stopped_until: Option<Timestamp>,
    runtime: Runtime,
    turn: Arc<Turn>,
    pool: Arc<Mutex<Option<SqlitePool>>>,
    bell: watch::Sender<u64>,
    /// What its clock has missed while it was stopped.
    behind: Duration,
    lock: PathBuf,
}

/// One connection, so that all its calls have an order.
fn pool(process: &Arc<Process>, database: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .foreign_keys(true)
        .statement_cache_capacity(200)
        // What keeps the database busy here is the plan, and no wait on the host's clock ends it.
        .busy_timeout(Duration::ZERO);
    let (committing, reaching) = (Arc::clone(process), Arc::clone(process));
    SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(25))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(move |conn, _| {
            let process = Arc::clone(&committing);
            Box::pin(async move {
                for trigger in audit::triggers(&process.name) {
                    sqlx::query(AssertSqlSafe(trigger)).execute(&mut *conn).await?;
                }
                conn.lock_handle().await?.set_commit_hook(move || process.may_commit());
                Ok(())
            })
        })
        .before_acquire(move |conn, _| {
            let process = Arc::clone(&reaching);
            Box::pin(async move {
                process.reach_database(conn).await?;
                // As the product's own pools do it.
                Ok(!conn.is_in_transaction())
            })
        })
        .connect_lazy_with(options)
}

fn runtime(
    process: &Arc<Process>,
    turn: &Arc<Turn>,
    pool: &Arc<Mutex<Option<SqlitePool>>>,
) -> Runtime {
    let (settling, turn, pool) = (Arc::clone(process), Arc::clone(turn), Arc::clone(pool));
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        // Answers of other threads are taken when there is nothing else to do.
        .global_queue_interval(u32::MAX)
        .event_interval(u32::MAX)
        .on_thread_park(move || {
            if let Some(pool) = &*pool.lock().unwrap() {
                settling.settle(pool);
            }
            turn.parked.store(true, Ordering::SeqCst);
            if let Some(waker) = turn.waker.lock().unwrap().take() {
                waker.wake();
            }
        })
        .max_blocking_threads(1)
        .thread_keep_alive(Duration::from_hours(1))
        .build()
        .unwrap()
}

impl Worker {
    pub(crate) fn start(world: &Arc<World>, site: &Site, slot: usize, number: usize) -> Self {
        let process = Process::new(format!("n1-w{number}"), format!("w{slot}"), Arc::clone(world));
        let (turn, pool) = (Arc::new(Turn::default()), pool(&process, &site.database));
        let store = {
            let clock = Arc::clone(&world.clock) as _;
            Store::over(&pool, &site.database, clock, Doorbell::silent())
        };
        let pool = Arc::new(Mutex::new(Some(pool)));
        let runtime = runtime(&process, &turn, &pool);
        let (bell, changes) = Changes::manual();
        let lock = site.data.worker_locks().join(format!("{}.lock", process.name));
        let alive = File::create(&lock).unwrap();
        rustix::fs::flock(&alive, FlockOperation::NonBlockingLockExclusive).unwrap();
        let (own, site) = (Arc::clone(&process), site.clone());
        runtime.spawn(async move {
            let _alive = alive;
            work(own, store, changes, site).await;
        });
        let behind = Duration::ZERO;
        process.note(&format!("starts as {}", process.name));
        Self { process, stopped_until: None, runtime, turn, pool, bell, behind, lock }
    }

    /// Says that somebody has committed.
    pub(crate) fn ring(&self) {
        self.bell.send_modify(|n| *n += 1);
    }

    /// Lets its time pass and does all that it can do now.
    pub(crate) fn run(&mut self, passed: Duration) {
        let missed = std::mem::take(&mut self.behind);
        // Who wakes finds news and answers at once, and takes either first.
        let news_first = missed.is_zero() || self.process.world.plan.dice("wakes").below(2) == 0;
        let turn = Arc::clone(&self.turn);
        self.runtime.block_on(async move {
            if news_first {
                // What others have told it meanwhile comes before the timers, and not beside them.
                turn.come_to_rest().await;
            }
            tokio::time::advance(passed + missed).await;
            turn.come_to_rest().await;
        });
    }

    /// Time passes, and it does nothing.
    pub(crate) fn stand_still(&mut self, passed: Duration) {
        self.behind += passed;
    }

    /// Ends it as `kill -9` does. `known` if others on its host can tell.
    pub(crate) fn kill(self, known: bool) {
        self.process.note(if known { "is killed" } else { "vanishes" });
        drop(self.runtime);
        drop(self.pool.lock().unwrap().take());
        // What SQLite takes back is taken back, and its locks are free.
        threads::let_go();
        if !known {
            let _ = std::fs::remove_file(self.lock);
        }
    }
}

impl Worker {
    pub(crate) fn begin_stop(&mut self) {
        if let Some(until) = self.process.take_stop() {
            self.process.note("is stopped");
            self.stopped_until = Some(until);
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        let now = self.process.world.clock.now();
        self.stopped_until.is_some_and(|until| now < until)
    }
}
