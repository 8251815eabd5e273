//! A worker that does what a test tells it, with the rows of the real one and without Docker.

use std::time::Duration;

use sandboxd_shared::domain::{
    ErrorBody, Operation, OperationKind, OperationStatus, QueueClass, Undo,
};
use sandboxd_shared::feed::{Doorbell, Listener};
use sandboxd_shared::jobs::{self, Found};
use sandboxd_shared::jobs::{
    capture_snapshot, create_sandbox, delete_app, delete_sandbox, explore_app, fork_app,
    restore_app, run_task, start_sandbox, stop_sandbox,
};
use sandboxd_shared::store::claim::{self, Claim, Ending};
use sandboxd_shared::store::sandboxes::{self, Endpoint};
use sandboxd_shared::store::workers::{self, Worker};
use sandboxd_shared::store::{Store, WriteTx, operations};
use serde_json::Value;

pub(crate) const NAME: &str = "worker-by-hand";

pub(crate) struct HandWorker {
    pub(super) store: Store,
    rung: Listener,
}

impl HandWorker {
    pub(super) fn new(store: Store, bell: &Doorbell) -> Self {
        Self { store, rung: bell.listen().unwrap() }
    }

    /// Is heard of, for a node.
    pub(crate) async fn beat(&self, node: &str) {
        self.beat_as(NAME, node).await;
    }

    /// Another worker is heard of.
    pub(crate) async fn beat_as(&self, name: &str, node: &str) {
        let now = self.store.clock().now();
        let queues = QueueClass::Control.to_string();
        let worker = Worker {
            name: name.to_owned(),
            node: node.to_owned(),
            pid: 1,
            queues,
            started_at: now,
            seen_at: now,
        };
        let mut tx = self.store.write().await.unwrap();
        workers::beat(&mut tx, &worker).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Takes an operation.
    pub(crate) async fn claim(&self, id: &str) -> Operation {
        let mut tx = self.store.write().await.unwrap();
        let now = self.store.clock().now();
        let lease = now.plus(Duration::from_secs(30));
        let claimed = claim::claim(&mut tx, id.parse().unwrap(), NAME, now, lease).await.unwrap();
        tx.commit().await.unwrap();
        claimed.unwrap_or_else(|| panic!("operation {id} can't be claimed"))
    }

    /// Does an operation.
    pub(crate) async fn succeed(&self, id: &str) {
        let operation = self.claim(id).await;
        let mut tx = self.store.write().await.unwrap();
        let result = self.record(&mut tx, &operation).await;
        let ending =
            Ending { status: OperationStatus::Succeeded, result: Some(&result), error: None };
        self.finish(tx, &operation, &ending).await;
    }

    /// Fails at an operation.
    pub(crate) async fn fail(&self, id: &str, error: ErrorBody) {
        let operation = self.claim(id).await;
        let mut tx = self.store.write().await.unwrap();
        let undo = Undo { status: OperationStatus::Failed, error: Some(error.clone()) };
        let now = self.store.clock().now();
        jobs::fail(&mut tx, &operation, &undo, &Found::AsRecorded, now).await.unwrap();
        let ending = Ending { status: OperationStatus::Failed, result: None, error: Some(&error) };
        self.finish(tx, &operation, &ending).await;
    }

    /// Does the next queued operation, once there is one, and gives its id.
    pub(crate) async fn succeed_next(&self) -> String {
        let id = self.next().await;
        self.succeed(&id).await;
        id
    }

    /// Fails at the next one.
    pub(crate) async fn fail_next(&self, error: ErrorBody) {
        let id = self.next().await;
        self.fail(&id, error).await;
    }

    /// The id of a queued operation, once there is one.
    pub(crate) async fn next(&self) -> String {
        loop {
            let mut conn = self.store.read().await.unwrap();
            let found: Option<String> =
                sqlx::query_scalar("SELECT id FROM operations WHERE status = 'queued' LIMIT 1")
                    .fetch_optional(&mut *conn)
                    .await
                    .unwrap();
            drop(conn);
            if let Some(id) = found {
                return id;
            }
            super::app::in_time("an operation", self.rung.rung()).await.unwrap();
        }
    }

    pub(super) async fn finish(&self, mut tx: WriteTx, operation: &Operation, ending: &Ending<'_>) {
        let held = Claim { operation: operation.id, token: operation.token };
        let now = self.store.clock().now();
        assert!(claim::finish(&mut tx, held, ending, &operation.steps, now).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn record(&self, tx: &mut WriteTx, operation: &Operation) -> Value {
        let now = self.store.clock().now();
        let endpoint = endpoint();
        let sandbox = match operation.sandbox_id {
            Some(id) => sandboxes::get(tx, id).await.unwrap(),
            None => None,
        };
        let its = || sandbox.as_ref().unwrap();
        let recorded = match operation.kind {
            OperationKind::SandboxCreate => {
                create_sandbox::succeed(tx, operation, its().id, &endpoint, now).await
            }
            OperationKind::SandboxStart => {
                let reason = start_sandbox::StartReason::Api;
                start_sandbox::succeed(tx, operation, its(), reason, &endpoint, now).await
            }
            OperationKind::SandboxStop => {
                let reason = stop_sandbox::StopReason::Api;
                stop_sandbox::succeed(tx, operation, its(), reason, now).await
            }
            OperationKind::SandboxDelete => {
                delete_sandbox::succeed(tx, operation, its().id, now).await
            }
            OperationKind::AppDelete => {
                let input = jobs::input(operation).unwrap();
                delete_app::succeed(tx, operation, &input, now).await
            }
            OperationKind::SnapshotCapture => {
                let snapshot = operation.snapshot_id.unwrap();
                capture_snapshot::succeed(tx, operation, its(), snapshot, None, now).await
            }
            OperationKind::AppRestore => {
                let input: restore_app::Input = jobs::input(operation).unwrap();
                if let Some(safety) = input.safety_snapshot_id {
                    capture_snapshot::fill(tx, operation, safety, None, now).await.unwrap();
                }
                let endpoint = input.run.then_some(&endpoint);
                restore_app::succeed(tx, operation, its(), &input, endpoint, now).await
            }
            OperationKind::AppFork => {
                let input: fork_app::Input = jobs::input(operation).unwrap();
                let children: Vec<_> =
                    input.children.iter().map(|child| (*child, endpoint.clone())).collect();
                fork_app::succeed(tx, operation, &children, now).await
            }
            OperationKind::TaskRun => {
                run_task::succeed(tx, operation, operation.task_id.unwrap(), now).await
            }
            OperationKind::AppExplore => {
                let input: explore_app::Input = jobs::input(operation).unwrap();
                explore_app::succeed(tx, operation, &input, now).await
            }
            OperationKind::LayerCompact => unreachable!("no client asks for it"),
        };
        recorded.unwrap()
    }

    /// An operation as its row has it.
    pub(crate) async fn look(&self, id: &str) -> Operation {
        let mut conn = self.store.read().await.unwrap();
        operations::get(&mut conn, id.parse().unwrap()).await.unwrap().unwrap()
    }
}

fn endpoint() -> Endpoint {
    let container_id = ulid::Ulid::generate().to_string();
    Endpoint { address: "10.0.0.2".parse().unwrap(), container_id }
}
