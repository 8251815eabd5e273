//! What clients ask, accepted as the API does it, and waiting for the end.

use std::time::Duration;

use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{
    App, IdlePolicy, Name, Operation, OperationStatus, Ports, Sandbox, Snapshot, Template,
    Visibility,
};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId, SnapshotId};
use sandboxd_shared::jobs::fork_app::{self, GitHistory};
use sandboxd_shared::jobs::start_sandbox::StartReason;
use sandboxd_shared::jobs::stop_sandbox::StopReason;
use sandboxd_shared::jobs::{
    self, Accepted, Refusal, RunningTask, capture_snapshot, create_sandbox, delete_app,
    delete_sandbox, restore_app, start_sandbox, stop_sandbox,
};
use sandboxd_shared::store::{apps, operations, sandboxes, snapshots};

use crate::node::{OWNER, TestNode};

/// How long anything may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(20);

/// A job that is accepted in a write transaction.
macro_rules! accept {
    ($node:expr, |$tx:ident, $now:ident| $accept:expr) => {{
        let mut $tx = $node.store.write().await.unwrap();
        let $now = $node.clock.now();
        let accepted: Result<Accepted, Refusal> = $accept;
        match accepted {
            Ok(accepted) => {
                $tx.commit().await.unwrap();
                Ok(accepted.operation().id)
            }
            Err(refusal) => Err(refusal),
        }
    }};
}

impl TestNode {
    pub(crate) async fn app(&self, name: &str) -> AppId {
        let now = self.clock.now();
        let app = App {
            id: AppId::generate(),
            owner: OWNER.to_owned(),
            name: name.to_owned(),
            description: None,
            tags: Vec::new(),
            external_user_id: None,
            external_project_id: None,
            egress: sandboxd_shared::domain::Egress::default(),
            current_sandbox_id: None,
            forked_from: None,
            active_operation_id: None,
            created_at: now,
            updated_at: now,
        };
        let mut tx = self.store.write().await.unwrap();
        apps::insert(&mut tx, &app).await.unwrap();
        tx.commit().await.unwrap();
        app.id
    }

    pub(crate) async fn ask_create(&self, app: AppId, from: Option<SnapshotId>) -> OperationId {
        let app = self.find_app(app).await.unwrap();
        let from = match from {
            Some(id) => Some(self.snapshot(id).await.unwrap()),
            None => None,
        };
        let spec = create_sandbox::Spec {
            template: Some(Template::Blank),
            ports: Ports::default(),
            visibility: Visibility::Private,
            idle_policy: IdlePolicy::Sleep,
            limits: self.defaults().limits,
        };
        let defaults = self.defaults();
        accept!(self, |tx, now| {
            create_sandbox::accept(&mut tx, &app, spec, from.as_ref(), None, &defaults, now).await
        })
        .unwrap()
    }

    pub(crate) async fn try_start(&self, sandbox: SandboxId) -> Result<OperationId, Refusal> {
        let row = self.sandbox(sandbox).await.unwrap();
        accept!(self, |tx, now| {
            start_sandbox::accept(&mut tx, &row, StartReason::Api, now).await
        })
    }

    pub(crate) async fn ask_start(&self, sandbox: SandboxId) -> OperationId {
        self.try_start(sandbox).await.unwrap()
    }

    pub(crate) async fn ask_stop(&self, sandbox: SandboxId) -> OperationId {
        let row = self.sandbox(sandbox).await.unwrap();
        accept!(self, |tx, now| {
            stop_sandbox::accept(&mut tx, &row, StopReason::Api, RunningTask::Respect, now).await
        })
        .unwrap()
    }

    pub(crate) async fn ask_delete(&self, sandbox: SandboxId) -> OperationId {
        let row = self.sandbox(sandbox).await.unwrap();
        accept!(self, |tx, now| delete_sandbox::accept(&mut tx, &row, RunningTask::Respect, now)
            .await)
        .unwrap()
    }

    pub(crate) async fn ask_delete_app(&self, app: AppId, with_snapshots: bool) -> OperationId {
        let app = self.find_app(app).await.unwrap();
        let defaults = self.defaults();
        accept!(self, |tx, now| {
            delete_app::accept(
                &mut tx,
                &app,
                with_snapshots,
                RunningTask::Respect,
                &defaults.node,
                now,
            )
            .await
        })
        .unwrap()
    }

    /// Live if the sandbox runs.
    pub(crate) async fn ask_capture(&self, sandbox: SandboxId) -> (OperationId, SnapshotId) {
        let row = self.sandbox(sandbox).await.unwrap();
        let name = Name::parse("kept").unwrap();
        let id = accept!(self, |tx, now| {
            capture_snapshot::accept(&mut tx, &row, &name, true, now).await
        })
        .unwrap();
        (id, self.operation(id).await.snapshot_id.unwrap())
    }

    pub(crate) async fn ask_restore(
        &self,
        app: AppId,
        snapshot: SnapshotId,
        safety: bool,
    ) -> OperationId {
        let app = self.find_app(app).await.unwrap();
        let snapshot = self.snapshot(snapshot).await.unwrap();
        let defaults = self.defaults();
        accept!(self, |tx, now| {
            restore_app::accept(
                &mut tx,
                &app,
                &snapshot,
                safety,
                RunningTask::Respect,
                &defaults,
                now,
            )
            .await
        })
        .unwrap()
    }

    pub(crate) async fn ask_fork(
        &self,
        app: AppId,
        snapshot: SnapshotId,
        count: u32,
    ) -> OperationId {
        let spec = fork_app::Spec { name: None, count, git: GitHistory::Reset, copy_config: None };
        self.ask_fork_as(app, snapshot, &spec).await
    }

    pub(crate) async fn ask_fork_as(
        &self,
        app: AppId,
        snapshot: SnapshotId,
        spec: &fork_app::Spec,
    ) -> OperationId {
        let app = self.find_app(app).await.unwrap();
        let snapshot = self.snapshot(snapshot).await.unwrap();
        let defaults = self.defaults();
        accept!(self, |tx, now| {
            fork_app::accept(&mut tx, &app, &snapshot, spec, &defaults, now).await
        })
        .unwrap()
    }

    pub(crate) async fn cancel(&self, id: OperationId) -> Result<(), Refusal> {
        let mut tx = self.store.write().await.unwrap();
        let row = operations::get(&mut tx, id).await.unwrap().unwrap();
        jobs::cancel(&mut tx, &row, self.clock.now()).await?;
        tx.commit().await.unwrap();
        Ok(())
    }

    /// Waits until `found` finds something, looking after each commit of anybody.
    pub(crate) async fn until<T, F>(&self, what: &str, found: impl Fn() -> F) -> T
    where
        F: Future<Output = Option<T>>,
    {
        let mut changes = self.changes.clone();
        let wait = async {
            loop {
                changes.mark_seen();
                if let Some(found) = found().await {
                    return found;
                }
                // Also at a tick: what the engine does is no commit.
                let _ = tokio::time::timeout(TICK, changes.changed()).await;
            }
        };
        let waited = tokio::time::timeout(LIMIT, wait).await;
        waited.unwrap_or_else(|_| panic!("waited in vain until {what}"))
    }

    /// Waits for an operation's end. Back-offs are skipped.
    pub(crate) async fn end(&self, id: OperationId) -> Operation {
        self.until(&format!("operation {id} ends"), || async {
            let row = self.operation(id).await;
            if row.status == OperationStatus::Queued && row.attempt > 0 {
                self.clock.reach(row.not_before);
                // Each time: the poke of before may not be answered yet.
                self.reap().await;
            }
            row.status.is_final().then_some(row)
        })
        .await
    }

    /// Waits for an operation's end in real time.
    pub(crate) async fn end_by_itself(&self, id: OperationId) -> Operation {
        self.until(&format!("operation {id} ends"), || async {
            let row = self.operation(id).await;
            row.status.is_final().then_some(row)
        })
        .await
    }

    /// Waits for an operation's success.
    pub(crate) async fn succeed(&self, id: OperationId) -> Operation {
        let ended = self.end(id).await;
        assert_eq!(ended.status, OperationStatus::Succeeded, "{ended:#?}");
        ended
    }

    pub(crate) async fn create(&self, app: AppId) -> SandboxId {
        let id = self.ask_create(app, None).await;
        self.succeed(id).await.sandbox_id.unwrap()
    }

    pub(crate) async fn start(&self, sandbox: SandboxId) {
        let id = self.ask_start(sandbox).await;
        self.succeed(id).await;
    }

    pub(crate) async fn stop(&self, sandbox: SandboxId) {
        let id = self.ask_stop(sandbox).await;
        self.succeed(id).await;
    }

    pub(crate) async fn capture(&self, sandbox: SandboxId) -> SnapshotId {
        let (id, snapshot) = self.ask_capture(sandbox).await;
        self.succeed(id).await;
        snapshot
    }

    pub(crate) async fn restore(&self, app: AppId, snapshot: SnapshotId) -> Operation {
        let id = self.ask_restore(app, snapshot, true).await;
        self.succeed(id).await
    }

    pub(crate) async fn fork(
        &self,
        app: AppId,
        snapshot: SnapshotId,
        count: u32,
    ) -> Vec<fork_app::Child> {
        let id = self.ask_fork(app, snapshot, count).await;
        let done = self.succeed(id).await;
        jobs::input::<fork_app::Input>(&done).unwrap().children
    }

    /// Deletes as the API does: the row goes, the bytes follow.
    pub(crate) async fn delete_snapshot(&self, id: SnapshotId) {
        let mut tx = self.store.write().await.unwrap();
        snapshots::delete(&mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn operation(&self, id: OperationId) -> Operation {
        let mut conn = self.store.read().await.unwrap();
        operations::get(&mut conn, id).await.unwrap().unwrap()
    }

    pub(crate) async fn sandbox(&self, id: SandboxId) -> Option<Sandbox> {
        let mut conn = self.store.read().await.unwrap();
        sandboxes::get(&mut conn, id).await.unwrap()
    }

    pub(crate) async fn snapshot(&self, id: SnapshotId) -> Option<Snapshot> {
        let mut conn = self.store.read().await.unwrap();
        snapshots::find(&mut conn, OWNER, id).await.unwrap()
    }

    pub(crate) async fn find_app(&self, id: AppId) -> Option<App> {
        let mut conn = self.store.read().await.unwrap();
        apps::find(&mut conn, OWNER, id).await.unwrap()
    }
}
