//! A worker process, as far as the world can tell: it can be slow, refused, cut off or killed at
//! each thing that it does outside itself.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sandboxd_shared::clock::{Clock, ManualClock, Timestamp};
use sandboxd_worker::runtime::fake::FakeEngine;
use sqlx::{SqliteConnection, SqlitePool};
use tokio::runtime::Handle;

use crate::agents::Agents;
use crate::disk::Disk;
use crate::plan::{Access, Commit, Fault, Plan};
use crate::threads;
use crate::trace::Trace;

/// What all processes of an installation share.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) plan: Plan,
    pub(crate) trace: Trace,
    pub(crate) engine: Arc<FakeEngine>,
    pub(crate) disk: Disk,
    pub(crate) agents: Agents,
    /// How often anybody has committed.
    pub(crate) commits: AtomicU64,
}

#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) name: String,
    /// The same for whoever comes after it.
    pub(crate) slot: String,
    pub(crate) world: Arc<World>,
    doomed: AtomicBool,
    /// Its connection is held up by the world, and no statement is under way.
    held_up: AtomicBool,
    full: AtomicBool,
    /// It is about to be stopped, until then.
    stop: Mutex<Option<Timestamp>>,
}

/// What came of a call to the outside.
pub(crate) enum Answer<T> {
    Done(T),
    /// Nothing was done.
    Refused,
    /// It was done, and nobody says so.
    Lost,
}

/// Whoever waits for the connection may give up in the middle.
struct HeldUp<'a>(&'a Process);

impl<'a> HeldUp<'a> {
    fn begin(process: &'a Process) -> Self {
        process.held_up.store(true, Ordering::SeqCst);
        Self(process)
    }
}

impl Drop for HeldUp<'_> {
    fn drop(&mut self) {
        self.0.held_up.store(false, Ordering::SeqCst);
    }
}

impl Process {
    pub(crate) fn new(name: String, slot: String, world: Arc<World>) -> Arc<Self> {
        let no = || AtomicBool::new(false);
        let (doomed, held_up, full) = (no(), no(), no());
        Arc::new(Self { name, slot, world, doomed, held_up, full, stop: Mutex::default() })
    }

    /// Has it stopped for a while, from before it does anything more.
    pub(crate) fn stop(&self) {
        let time = self.world.plan.dice("stopped").below(12_000);
        let until =
            self.world.clock.now().plus(Duration::from_millis(u64::try_from(time).unwrap()));
        *self.stop.lock().unwrap() = Some(until);
    }

    /// A stop that is to begin now.
    pub(crate) fn take_stop(&self) -> Option<Timestamp> {
        self.stop.lock().unwrap().take()
    }

    pub(crate) fn is_doomed(&self) -> bool {
        self.doomed.load(Ordering::SeqCst)
    }

    /// Whether somebody has the connection, and isn't held up with it.
    fn uses(&self, pool: &SqlitePool) -> bool {
        !self.held_up.load(Ordering::SeqCst)
            && pool.num_idle() != usize::try_from(pool.size()).unwrap()
    }

    /// Has the database answer. Each of its answers wakes somebody.
    pub(crate) fn settle(&self, pool: &SqlitePool) {
        threads::let_go();
        let answered = Handle::current().metrics().global_queue_depth() > 0;
        assert!(answered || !self.uses(pool), "{} holds a connection idly", self.name);
    }

    fn doom(&self, why: &str) {
        self.note(&format!("crashes {why}"));
        self.doomed.store(true, Ordering::SeqCst);
    }

    pub(crate) fn note(&self, what: &str) {
        self.world.trace.note(&format!("{} {what}", self.slot));
    }

    /// A process that is as good as dead does nothing more.
    async fn live(&self) {
        if self.is_doomed() {
            std::future::pending::<()>().await;
        }
    }

    /// Does `work` outside, if the plan lets it. `changes` names the sandbox that it changes.
    pub(crate) async fn outside<T: Send>(
        &self,
        call: &str,
        subject: &str,
        changes: Option<&str>,
        work: impl FnOnce() -> T + Send,
    ) -> Answer<T> {
        self.live().await;
        let verdict = self.world.plan.verdict(&format!("{}/{call}", self.slot));
        let who = format!("{} {call}", self.name);
        let _open = changes.map(|sandbox| self.world.trace.open(&who, sandbox));
        wait(verdict.before).await;
        self.live().await;
        self.note(&format!("{call} {subject} {:?}", verdict.fault));
        match verdict.fault {
            Fault::CrashBefore => {
                self.doom(call);
                self.live().await;
            }
            Fault::Refused => return Answer::Refused,
            _ => {}
        }
        let done = work();
        if verdict.fault == Fault::CrashAfter {
            self.doom(call);
        }
        self.live().await;
        let rate = self.world.plan.rates().stop;
        if self.world.plan.strikes(&format!("{}/stop", self.slot), rate) {
            self.stop();
        }
        wait(verdict.after).await;
        self.live().await;
        if verdict.fault == Fault::Lost { Answer::Lost } else { Answer::Done(done) }
    }

    /// Whether a transaction may be committed. Called by SQLite in the middle of the commit.
    pub(crate) fn may_commit(&self) -> bool {
        if self.is_doomed() {
            return false;
        }
        let verdict = self.world.plan.commit(&format!("{}/commit", self.slot));
        self.note(&format!("commit {verdict:?}"));
        self.world.commits.fetch_add(1, Ordering::SeqCst);
        match verdict {
            Commit::Done => true,
            Commit::Refused => false,
            Commit::CrashBefore => {
                self.doom("before a commit");
                false
            }
            Commit::CrashAfter => {
                self.doom("after a commit");
                true
            }
        }
    }

    /// Before each use of the database.
    pub(crate) async fn reach_database(
        &self,
        conn: &mut SqliteConnection,
    ) -> Result<(), sqlx::Error> {
        let access = self.world.plan.access(&format!("{}/database", self.slot));
        if let Access::Slow(by) = access {
            let _held_up = HeldUp::begin(self);
            tokio::time::sleep(by).await;
        }
        let full = access == Access::Full;
        if self.full.swap(full, Ordering::SeqCst) != full {
            // SQLite itself says that the disk is full: the file may not grow any more.
            let limit = if full {
                "PRAGMA max_page_count = 1"
            } else {
                "PRAGMA max_page_count = 1073741823"
            };
            sqlx::query(limit).execute(conn).await?;
        }
        Ok(())
    }
}

async fn wait(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}
