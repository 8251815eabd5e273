//! What must be true when all faults have ended and everything has come to rest.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

use futures::FutureExt;
use rustix::fs::FlockOperation;
use sandboxd_shared::clock::Clock;
use sandboxd_shared::ids::{SandboxId, TaskId};
use sandboxd_worker::runtime::fake::FakeRuntime;
use sandboxd_worker::runtime::{Phase, Runtime};

use crate::client::Client;
use crate::timeline::{self, Ended, Told};
use crate::work::NODE;
use crate::worker::Site;

/// Each finds rows that should not be there.
const NEVER: [(&str, &str); 10] = [
    (
        "an operation has not ended",
        "SELECT id || ' ' || kind || ' ' || status FROM operations \
         WHERE status NOT IN ('succeeded', 'failed', 'cancelled')",
    ),
    (
        "a lease is held",
        "SELECT id FROM operations WHERE lease_owner IS NOT NULL OR lease_until IS NOT NULL",
    ),
    (
        "a sandbox is held",
        "SELECT id || ' ' || status FROM sandboxes WHERE active_operation_id IS NOT NULL \
         OR active_task_id IS NOT NULL OR status NOT IN ('running', 'stopped', 'error')",
    ),
    ("an app is held", "SELECT id FROM apps WHERE active_operation_id IS NOT NULL"),
    (
        "a snapshot is on its way",
        "SELECT id || ' ' || status FROM snapshots WHERE status NOT IN ('ready', 'failed')",
    ),
    (
        "a layer is on its way",
        // A seal that an operation has left half done is finished by the next one.
        "SELECT id || ' ' || state || ' ' || source FROM layers WHERE state <> 'ready' \
         AND NOT (state = 'sealing' AND source IN (SELECT 'seal/' || sandbox_id || '/' || number \
         FROM generations WHERE state = 'active'))",
    ),
    (
        "a generation is of no sandbox, or not its present one",
        "SELECT g.sandbox_id || ' ' || g.number || ' ' || g.state FROM generations g \
         WHERE g.state <> 'active' OR NOT EXISTS (SELECT 1 FROM sandboxes s \
         WHERE s.id = g.sandbox_id AND s.generation = g.number)",
    ),
    (
        "a sandbox that works has no workspace",
        "SELECT id FROM sandboxes s WHERE status <> 'error' AND NOT EXISTS ( \
         SELECT 1 FROM generations g WHERE g.sandbox_id = s.id AND g.state = 'active')",
    ),
    (
        "somebody changed what was not theirs, or otherwise than agreed",
        "SELECT what || ' of ' || operation || ' by ' || writer || ', held by ' || \
         coalesce(holder, 'nobody') FROM strangers",
    ),
    ("a task has not ended", "SELECT id || ' ' || status FROM tasks WHERE finished_at IS NULL"),
];

/// Nothing is under way any more. Cheap: asked often.
pub(crate) async fn at_rest(client: &Client) -> bool {
    let open: Vec<(i64,)> =
        client.rows("SELECT count(*) FROM operations WHERE finished_at IS NULL").await;
    open == [(0,)]
}

/// A sandbox's id, status, generation, container and address.
type SandboxRow = (SandboxId, String, i64, Option<String>, Option<String>);

impl Client {
    fn must(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.world.trace.wrong(what());
        }
    }

    /// Holds everything that is there against what may be.
    pub(crate) async fn check(&mut self, site: &Site) {
        self.observe().await;
        for (what, sql) in NEVER {
            let rows: Vec<(String,)> = self.rows(sql).await;
            self.must(rows.is_empty(), || format!("{what}: {rows:?}"));
        }
        self.note_events().await;
        self.check_accepted().await;
        self.check_timeline().await;
        self.check_engine().await;
        self.check_disk().await;
        self.check_files().await;
        self.check_tasks().await;
        self.check_locks(&site.data.sandbox_locks());
    }

    /// Where no process and no database fails, nobody has to take over from anybody.
    pub(crate) async fn check_rescues(&self) {
        let rows: Vec<(String,)> = self
            .rows("SELECT operation_id FROM events WHERE type = 'operation.rescued' ORDER BY id")
            .await;
        self.must(rows.is_empty(), || format!("taken from workers that were well: {rows:?}"));
    }

    /// All that the database tells becomes a part of the trace.
    async fn note_events(&self) {
        let events: Vec<(String,)> = self
            .rows("SELECT id || type || created_at || message || payload FROM events ORDER BY id")
            .await;
        let told: String = events.into_iter().map(|event| event.0).collect();
        let hash = blake3::hash(told.as_bytes()).to_hex();
        self.world.trace.note(&format!("events {}", &hash[..16]));
    }

    async fn check_accepted(&self) {
        let there: Vec<(String,)> = self.rows("SELECT id FROM operations").await;
        for id in self.accepted.keys() {
            self.must(there.contains(&(id.to_string(),)), || format!("operation {id} was lost"));
        }
    }

    async fn check_timeline(&self) {
        let operations: Vec<Ended> =
            self.rows("SELECT id, kind, status FROM operations ORDER BY id").await;
        let events: Vec<Told> = self
            .rows("SELECT type, operation_id, sandbox_id, attempt FROM events ORDER BY id")
            .await;
        for wrong in timeline::check(&operations, &events) {
            self.world.trace.wrong(wrong);
        }
    }

    /// Containers and volumes are those of the rows, and no others.
    async fn check_engine(&self) {
        let engine = FakeRuntime::new(self.world.engine.clone(), NODE);
        let containers = engine.list_containers().now_or_never().unwrap().unwrap();
        let volumes = engine.list_volumes().now_or_never().unwrap().unwrap();
        let rows: Vec<SandboxRow> =
            self.rows("SELECT id, status, generation, container_id, address FROM sandboxes").await;
        for (id, status, generation, container_id, address) in &rows {
            let found = containers.iter().find(|found| found.sandbox_id == id.to_string());
            let runs = found.is_some_and(|found| found.phase.is_live());
            let right = found.is_some_and(|found| {
                found.phase == Phase::Running
                    && i64::from(found.generation) == *generation
                    && container_id.as_ref() == Some(&found.id)
                    && *address == found.address.map(|address| address.to_string())
            });
            self.must(if status == "running" { right } else { !runs }, || {
                format!("sandbox {id} is {status} in generation {generation} and has {found:?}")
            });
        }
        for container in &containers {
            let known = rows.iter().any(|row| row.0.to_string() == container.sandbox_id);
            self.must(known, || format!("container {} is of no sandbox", container.name));
        }
        for volume in &volumes {
            let name = volume.name.as_str();
            let known = rows.iter().any(|row| name == format!("s-{}-g{}", row.0.lower(), row.2));
            self.must(known, || format!("volume {name} is of no sandbox"));
        }
    }

    /// Directories are those of the rows, and no others.
    async fn check_disk(&self) {
        let found = self.world.disk.list();
        let rows: Vec<(String,)> = self.rows("SELECT id FROM layers").await;
        let rows: BTreeSet<String> = rows.into_iter().map(|row| row.0).collect();
        let there: BTreeSet<String> =
            found.layers.iter().map(|entry| entry.layer.as_str().to_owned()).collect();
        let ready: Vec<(String,)> = self.rows("SELECT id FROM layers WHERE state = 'ready'").await;
        let whole = ready.iter().all(|row| there.contains(&row.0)) && there.is_subset(&rows);
        self.must(whole, || format!("layers in rows {rows:?}, on disk {there:?}"));
        let generations: Vec<(SandboxId, i64)> =
            self.rows("SELECT sandbox_id, number FROM generations").await;
        for entry in found.generations {
            let known = generations.iter().any(|(sandbox, number)| {
                entry.generation.sandbox() == sandbox.lower()
                    && i64::from(entry.generation.number()) == *number
            });
            self.must(known, || format!("generation {} has no row", entry.generation));
        }
    }

    /// Every workspace and every snapshot holds what it may.
    async fn check_files(&mut self) {
        let rows: Vec<(SandboxId,)> =
            self.rows("SELECT id FROM sandboxes WHERE status <> 'error' ORDER BY id").await;
        for (sandbox,) in rows {
            let seen = self.workspace(sandbox).await;
            if let Err(why) = seen.and_then(|files| self.model.see(sandbox, &files)) {
                self.world.trace.wrong(why);
            }
        }
        let snapshots: Vec<(sandboxd_shared::ids::SnapshotId, Option<String>)> =
            self.rows("SELECT id, layer_id FROM snapshots WHERE status = 'ready'").await;
        for (id, layer) in snapshots {
            let files = self.snapshot_files(layer).await;
            let right = files.as_ref().ok() == self.model.snapshot(id);
            self.must(right, || format!("snapshot {id} holds {files:?} now"));
        }
    }

    /// No agent works for a task that has ended.
    async fn check_tasks(&self) {
        let now = self.world.clock.now();
        let tasks: Vec<(TaskId, SandboxId)> = self.rows("SELECT id, sandbox_id FROM tasks").await;
        for (task, sandbox) in tasks {
            let engine = FakeRuntime::new(self.world.engine.clone(), NODE);
            let containers = engine.list_containers().now_or_never().unwrap().unwrap();
            let lives = containers.iter().any(|found| {
                found.sandbox_id == sandbox.to_string()
                    && found.phase.is_live()
                    && self.world.agents.container(task).as_ref() == Some(&found.id)
            });
            let works = lives && self.world.agents.works(task, now);
            self.must(!works, || format!("the agent of task {task} still works"));
        }
    }

    fn check_locks(&self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let lock = File::open(&path).unwrap();
            let free = rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok();
            self.must(free, || format!("lock {} is held", path.display()));
        }
    }

    /// After everything was deleted.
    pub(crate) async fn check_nothing_left(&self, site: &Site) {
        let tables = "SELECT 'sandboxes' FROM sandboxes UNION ALL SELECT 'generations' FROM generations \
             UNION ALL SELECT 'layers ' || id || ' ' || state || ' ' || source FROM layers \
             UNION ALL SELECT 'snapshots' FROM snapshots UNION ALL SELECT 'apps' FROM apps";
        let rows: Vec<(String,)> = self.rows(tables).await;
        self.must(rows.is_empty(), || format!("rows are left: {rows:?}"));
        let engine = FakeRuntime::new(self.world.engine.clone(), NODE);
        let containers = engine.list_containers().now_or_never().unwrap().unwrap();
        let volumes = engine.list_volumes().now_or_never().unwrap().unwrap();
        let nothing = containers.is_empty() && volumes.is_empty();
        self.must(nothing, || format!("the engine has {containers:?} {volumes:?}"));
        let found = self.world.disk.list();
        let empty = found.generations.is_empty() && found.layers.is_empty();
        self.must(empty, || format!("the disk has {found:?}"));
        let runs = fs::read_dir(site.data.sandbox_runs()).unwrap().count();
        self.must(runs == 0, || format!("{runs} run directories are left"));
    }
}
