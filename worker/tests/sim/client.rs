//! What clients and programs do: clients ask as the API does, in one transaction each; programs in
//! running sandboxes write files.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{
    Agent, App, Egress, IdlePolicy, Limits, Name, Operation, OperationKind, Ports, Sandbox,
    Snapshot, Template, Visibility,
};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId, SnapshotId};
use sandboxd_shared::jobs::fork_app::{self, GitHistory};
use sandboxd_shared::jobs::start_sandbox::StartReason;
use sandboxd_shared::jobs::stop_sandbox::StopReason;
use sandboxd_shared::jobs::{
    self, Accepted, Defaults, Refusal, RunningTask, capture_snapshot, create_sandbox, delete_app,
    delete_sandbox, delete_snapshot, restore_app, run_task, start_sandbox, stop_sandbox,
};
use sandboxd_shared::store::{Connection, Store, WriteTx, apps, operations, sandboxes, snapshots};

use crate::disk::Files;
use crate::model::Model;
use crate::process::World;
use crate::rng::Rng;
use crate::work::NODE;

pub(crate) const OWNER: &str = "alice";
pub(crate) const IMAGE: &str = "base:1";
const MEMORY: u64 = 256 << 20;
const MAX_APPS: usize = 4;
const PATHS: usize = 5;

pub(crate) struct Client {
    pub(crate) world: Arc<World>,
    pub(crate) store: Store,
    pub(crate) model: Model,
    /// All that was accepted, and whether its end was seen.
    pub(crate) accepted: BTreeMap<OperationId, bool>,
    written: u64,
}

fn limits() -> Limits {
    Limits { memory_bytes: MEMORY, cpus: 1.0, pids: 64, disk_bytes: 1 << 30 }
}

fn defaults() -> Defaults {
    Defaults { node: NODE.to_owned(), image: IMAGE.to_owned(), limits: limits() }
}

fn either(dice: &mut Rng) -> RunningTask {
    if dice.below(3) == 0 { RunningTask::Cancel } else { RunningTask::Respect }
}

impl Client {
    pub(crate) fn new(world: Arc<World>, store: Store) -> Self {
        Self { world, store, model: Model::default(), accepted: BTreeMap::new(), written: 0 }
    }

    /// Asks for something. What is refused is refused: the state forbids it.
    pub(crate) async fn act(&mut self) {
        let mut dice = self.world.plan.dice("act");
        let mut tx = self.store.write().await.unwrap();
        let asked = match dice.below(22) {
            0..=2 => self.create(&mut tx, &mut dice).await,
            3..=5 => self.start(&mut tx, &mut dice).await,
            6..=8 => self.stop(&mut tx, &mut dice).await,
            9..=11 => self.capture(&mut tx, &mut dice).await,
            12..=14 => self.restore(&mut tx, &mut dice).await,
            15 | 16 => self.fork(&mut tx, &mut dice).await,
            17 => self.run_task(&mut tx, &mut dice).await,
            18 => self.delete(&mut tx, &mut dice).await,
            19 => self.delete_snapshot(&mut tx, &mut dice).await,
            _ => self.cancel(&mut tx, &mut dice).await,
        };
        self.world.commits.fetch_add(1, Ordering::SeqCst);
        match asked {
            Ok(Some(operation)) => {
                tx.commit().await.unwrap();
                let (id, kind) = (operation.id, operation.kind);
                self.world.trace.note(&format!("client asks {kind} {id}"));
                if self.accepted.insert(id, false).is_none() {
                    self.expect(&operation).await;
                }
            }
            Ok(None) => tx.commit().await.unwrap(),
            Err(Refusal::Client(body)) => {
                // At once: a worker would find the database busy.
                tx.rollback().await.unwrap();
                self.world.trace.note(&format!("client is refused {:?}", body.code));
            }
            Err(Refusal::Store(error)) => panic!("the database refused a client: {error}"),
        }
    }

    /// Tells the model what an operation that was accepted now will do.
    async fn expect(&mut self, operation: &Operation) {
        let input = &operation.input;
        let sandbox = operation.sandbox_id;
        match operation.kind {
            OperationKind::SandboxCreate => {
                let row = self.sandbox(sandbox.unwrap()).await.unwrap();
                let files = row.base_snapshot_id.map(|id| self.content(id)).unwrap_or_default();
                self.model.create(row.id, files);
            }
            OperationKind::SnapshotCapture => {
                self.model.begin_capture(sandbox.unwrap(), operation.snapshot_id.unwrap());
            }
            OperationKind::AppRestore => {
                let request: restore_app::Input = serde_json::from_value(input.clone()).unwrap();
                let (sandbox, files) = (sandbox.unwrap(), self.content(request.snapshot_id));
                if request.created {
                    self.model.create(sandbox, files);
                    return;
                }
                if let Some(safety) = request.safety_snapshot_id {
                    self.model.begin_capture(sandbox, safety);
                }
                self.model.begin_restore(sandbox, operation.id, files);
            }
            OperationKind::AppFork => {
                let request: fork_app::Input = serde_json::from_value(input.clone()).unwrap();
                let files = self.content(operation.snapshot_id.unwrap());
                for child in request.children {
                    self.model.create(child.sandbox_id, files.clone());
                }
            }
            _ => {}
        }
    }

    fn content(&self, snapshot: SnapshotId) -> Files {
        self.model.snapshot(snapshot).expect("a snapshot that is used was seen to be ready").clone()
    }

    async fn sandbox(&self, id: SandboxId) -> Option<Sandbox> {
        let mut conn = self.store.read().await.unwrap();
        sandboxes::get(&mut conn, id).await.unwrap()
    }

    async fn create(&self, tx: &mut WriteTx, dice: &mut Rng) -> Asked {
        let now = self.world.clock.now();
        let apps = apps(tx).await;
        let app = if apps.len() < MAX_APPS {
            let app = app_row(now);
            apps::insert(tx, &app).await?;
            app
        } else {
            apps[dice.below(apps.len())].clone()
        };
        let from = if dice.below(3) == 0 { self.pick_snapshot(tx, dice).await } else { None };
        let spec = create_sandbox::Spec {
            template: Some(Template::Blank),
            ports: Ports::default(),
            visibility: Visibility::Private,
            idle_policy: IdlePolicy::Sleep,
            limits: limits(),
        };
        let defaults = defaults();
        let accepted =
            create_sandbox::accept(tx, &app, spec, from.as_ref(), None, &defaults, now).await?;
        done(&accepted)
    }

    async fn start(&self, tx: &mut WriteTx, dice: &mut Rng) -> Asked {
        let Some(row) = pick_sandbox(tx, dice).await else { return Ok(None) };
        done(&start_sandbox::accept(tx, &row, StartReason::Api, self.world.clock.now()).await?)
    }

    async fn stop(&self, tx: &mut WriteTx, dice: &mut Rng) -> Asked {
        let Some(row) = pick_sandbox(tx, dice).await else { return Ok(None) };
        let (reason, now) = (StopReason::Api, self.world.clock.now());
        done(&stop_sandbox::accept(tx, &row, reason, either(dice), now).await?)
    }

    async fn capture(&self, tx: &mut WriteTx, dice: &mut Rng) -> Asked {
        let Some(row) = pick_sandbox(tx, dice).await else { return Ok(None) };
        let name = Name::parse("kept").unwrap();
        done(&capture_snapshot::accept(tx, &row, &name, true, self.world.clock.now()).await?)
    }

    async fn restore(&self, tx: &mut WriteTx, dice: &mut Rng) -> Asked {
        let apps = apps(tx).await;
        let Some(snapshot) = self.pick_snapshot(tx, dice).await else { return Ok(None) };
        let Some(app) = dice.pick(&apps) else { return Ok(None) };
        let (safety, now) = (dice.below(4) > 0, self.world.clock.now());
        let (running, defaults) = (either(dice), defaults());
        done(&restore_app::accept(tx, app, &snapshot, safety, running, &defaults, now).await?)
    }

    async fn fork(&self, tx: &mut WriteTx, dice: &mut Rng) -> Asked {
        let apps = apps(tx).await;
        let Some(snapshot) = self.pick_snapshot(tx, dice).await else { return Ok(None) };
        let Some(app) = dice.pick(&apps) else { return Ok(None) };
        let count = u32::try_from(1 + dice.below(2)).unwrap();
        let git = GitHistory::Reset;
        let spec = fork_app::Spec { name: None, count, git, copy_config: None };
        let (defaults, now) = (defaults(), self.world.clock.now());
        done(&fork_app::accept(tx, app, &snapshot, &spec, &defaults, now).await?)
    }

    async fn run_task(&self, tx: &mut WriteTx, dice: &mut Rng) -> Asked {
        let Some(row) = pick_sandbox(tx, dice).await else { return Ok(None) };
        let spec = run_task::Spec {
            prompt: "do it".to_owned(),
            agent: Agent::Command,
            model: None,
            command: Some(vec!["work".to_owned()]),
            continue_task_id: None,
            timeout: Duration::from_secs(30),
            checkpoint: dice.below(2) == 0,
        };
        done(&run_task::accept(tx, &row, &spec, self.world.clock.now()).await?)
    }

    async fn delete(&self, tx: &mut WriteTx, dice: &mut Rng) -> Asked {
        let (now, running) = (self.world.clock.now(), either(dice));
        if dice.below(2) == 0 {
            let Some(row) = pick_sandbox(tx, dice).await else { return Ok(None) };
            return done(&delete_sandbox::accept(tx, &row, running, now).await?);
        }
        let apps = apps(tx).await;
        let Some(app) = dice.pick(&apps) else { return Ok(None) };
        let with_snapshots = dice.below(2) == 0;
        done(&delete_app::accept(tx, app, with_snapshots, running, NODE, now).await?)
    }

    async fn delete_snapshot(&self, tx: &mut WriteTx, dice: &mut Rng) -> Asked {
        let Some(snapshot) = self.pick_snapshot(tx, dice).await else { return Ok(None) };
        delete_snapshot::check_free(tx, &snapshot).await?;
        let now = self.world.clock.now();
        delete_snapshot::delete(tx, &snapshot, delete_snapshot::Reason::Api, now).await?;
        Ok(None)
    }

    async fn cancel(&self, tx: &mut WriteTx, dice: &mut Rng) -> Asked {
        let open: Vec<OperationId> = sqlx::query_scalar(
            "SELECT id FROM operations WHERE status IN ('queued', 'running') ORDER BY id",
        )
        .fetch_all(&mut **tx)
        .await
        .unwrap();
        let Some(id) = dice.pick(&open) else { return Ok(None) };
        let row = operations::get(tx, *id).await?.unwrap();
        jobs::cancel(tx, &row, self.world.clock.now()).await?;
        self.world.trace.note(&format!("client cancels {id}"));
        Ok(None)
    }

    /// Asks for all apps to go, with all that is theirs. False while something is in the way.
    pub(crate) async fn delete_everything(&mut self) -> bool {
        let now = self.world.clock.now();
        let mut tx = self.store.write().await.unwrap();
        for app in apps(&mut tx).await {
            let cancel = RunningTask::Cancel;
            match delete_app::accept(&mut tx, &app, true, cancel, NODE, now).await {
                Ok(accepted) => drop(self.accepted.insert(accepted.operation().id, false)),
                Err(Refusal::Client(_)) => {}
                Err(Refusal::Store(error)) => panic!("the database refused a client: {error}"),
            }
        }
        let apps_left = !apps(&mut tx).await.is_empty();
        // Those of apps that went without them.
        let rows: Vec<SnapshotId> = sqlx::query_scalar("SELECT id FROM snapshots ORDER BY id")
            .fetch_all(&mut *tx)
            .await
            .unwrap();
        for id in &rows {
            let row = snapshots::get(&mut tx, *id).await.unwrap().unwrap();
            if !apps_left && delete_snapshot::check_free(&mut tx, &row).await.is_ok() {
                let reason = delete_snapshot::Reason::Api;
                delete_snapshot::delete(&mut tx, &row, reason, now).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        self.world.commits.fetch_add(1, Ordering::SeqCst);
        !apps_left && rows.is_empty()
    }

    /// A snapshot that can be used and whose content is known.
    async fn pick_snapshot(&self, conn: &mut Connection, dice: &mut Rng) -> Option<Snapshot> {
        let ids: Vec<SnapshotId> =
            sqlx::query_scalar("SELECT id FROM snapshots WHERE status = 'ready' ORDER BY id")
                .fetch_all(&mut *conn)
                .await
                .unwrap();
        let known: Vec<SnapshotId> =
            ids.into_iter().filter(|id| self.model.snapshot(*id).is_some()).collect();
        snapshots::find(conn, OWNER, *dice.pick(&known)?).await.unwrap()
    }

    /// A program in a running sandbox looks at its files, and changes one.
    pub(crate) fn write(&mut self, sandbox: SandboxId) {
        let disk = &self.world.disk;
        let Some(mounted) = disk.used_by(&sandbox.lower()) else { return };
        let mut dice = self.world.plan.dice("write");
        let seen = match disk.seen_in(&mounted) {
            Ok(files) => self.model.see(sandbox, &files),
            Err(error) => Err(format!("a running sandbox has lost its workspace: {error}")),
        };
        if let Err(why) = seen {
            self.world.trace.wrong(why);
            return;
        }
        self.written += 1;
        let (path, text) = (format!("f{}", dice.below(PATHS)), format!("text {}", self.written));
        let text = (dice.below(4) > 0).then_some(text.as_str());
        disk.write(&mounted, &path, text).unwrap();
        self.model.write(sandbox, &path, text);
    }
}

type Asked = Result<Option<Operation>, Refusal>;

fn done(accepted: &Accepted) -> Asked {
    Ok(Some(accepted.operation().clone()))
}

fn app_row(now: sandboxd_shared::clock::Timestamp) -> App {
    App {
        id: AppId::generate(),
        owner: OWNER.to_owned(),
        name: "app".to_owned(),
        description: None,
        tags: Vec::new(),
        external_user_id: None,
        external_project_id: None,
        egress: Egress::default(),
        current_sandbox_id: None,
        forked_from: None,
        active_operation_id: None,
        created_at: now,
        updated_at: now,
    }
}

async fn apps(conn: &mut Connection) -> Vec<App> {
    let ids: Vec<AppId> =
        sqlx::query_scalar("SELECT id FROM apps ORDER BY id").fetch_all(&mut *conn).await.unwrap();
    let mut rows = Vec::new();
    for id in ids {
        rows.push(apps::find(conn, OWNER, id).await.unwrap().unwrap());
    }
    rows
}

async fn pick_sandbox(conn: &mut Connection, dice: &mut Rng) -> Option<Sandbox> {
    let ids: Vec<SandboxId> = sqlx::query_scalar("SELECT id FROM sandboxes ORDER BY id")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    sandboxes::get(conn, *dice.pick(&ids)?).await.unwrap()
}
