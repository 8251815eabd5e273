//! What tests of tasks ask, look at and expect of every task.

use std::time::{Duration, Instant};

use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{
    Agent, FailureReason, OperationStatus, OutputKind, Task, TaskOutput, TaskStatus,
};
use sandboxd_shared::ids::{OperationId, SandboxId, TaskId};
use sandboxd_shared::jobs::Accepted;
use sandboxd_shared::jobs::run_task::{self, Spec};
use sandboxd_shared::store::{task_output, tasks};
use sandboxd_worker::sandbox::container_name;

use crate::node::TestNode;

const SEEN: Duration = Duration::from_secs(1);

pub(crate) fn spec() -> Spec {
    Spec {
        prompt: "Make it blue".to_owned(),
        agent: Agent::Command,
        model: None,
        command: Some(vec!["work".to_owned()]),
        continue_task_id: None,
        timeout: Duration::from_mins(10),
        checkpoint: true,
    }
}

impl TestNode {
    pub(crate) async fn ask_task(&self, sandbox: SandboxId) -> (OperationId, TaskId) {
        self.ask_task_as(sandbox, &spec()).await
    }

    pub(crate) async fn ask_task_as(
        &self,
        sandbox: SandboxId,
        spec: &Spec,
    ) -> (OperationId, TaskId) {
        let row = self.sandbox(sandbox).await.unwrap();
        let mut tx = self.store.write().await.unwrap();
        let accepted = run_task::accept(&mut tx, &row, spec, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let Accepted::New(operation) = accepted else { unreachable!() };
        (operation.id, operation.task_id.unwrap())
    }

    pub(crate) async fn task(&self, id: TaskId) -> Task {
        let mut conn = self.store.read().await.unwrap();
        tasks::get(&mut conn, id).await.unwrap().unwrap()
    }

    pub(crate) async fn output(&self, id: TaskId) -> Vec<TaskOutput> {
        let mut conn = self.store.read().await.unwrap();
        let rows = task_output::after(&mut conn, id, 0, 100_000).await.unwrap();
        let numbers: Vec<i64> = rows.iter().map(|row| row.seq).collect();
        assert_eq!(numbers, (1..=i64::try_from(rows.len()).unwrap()).collect::<Vec<_>>());
        rows
    }

    /// All that the agent has said.
    pub(crate) async fn said(&self, id: TaskId) -> String {
        let rows = self.output(id).await;
        let messages = rows.iter().filter(|row| row.kind == OutputKind::Message);
        messages.map(|row| row.data["text"].as_str().unwrap()).collect()
    }

    pub(crate) async fn agent_works(&self, id: TaskId) {
        self.until("the agent works", || async { self.task(id).await.begun.then_some(()) }).await;
    }

    pub(crate) async fn hears(&self, id: TaskId, text: &str) {
        self.until(&format!("{text:?} is heard"), || async {
            self.said(id).await.contains(text).then_some(())
        })
        .await;
    }

    pub(crate) async fn ready_sandbox(&self) -> SandboxId {
        self.init.has_dev_server.store(false, std::sync::atomic::Ordering::SeqCst);
        let app = self.app("tasks").await;
        let sandbox = self.create(app).await;
        self.write(sandbox, "a", "old").await;
        sandbox
    }

    /// The container dies, with all in it.
    pub(crate) async fn lose(&self, sandbox: SandboxId) {
        self.agents.die(&self.options.sandbox_runs().join(sandbox.lower()));
        self.engine.kill(&container_name(sandbox).unwrap(), 137);
    }

    /// What every task comes to: an end, told once, and a sandbox that has none.
    pub(crate) async fn assert_task_ended(&self, id: TaskId, status: TaskStatus) -> Task {
        let task = self.task(id).await;
        assert_eq!(task.status, status, "{task:#?}");
        let output = self.output(id).await;
        let done: Vec<_> = output.iter().filter(|row| row.kind == OutputKind::Done).collect();
        assert_eq!(done.len(), 1);
        assert_eq!(output.last().unwrap().data["status"], status.as_str());
        if let Some(row) = self.sandbox(task.sandbox_id).await {
            assert_eq!(row.active_task_id, None);
        }
        assert!(self.agents.starts(id) <= 1);
        task
    }

    pub(crate) async fn fails(
        &self,
        operation: OperationId,
        id: TaskId,
        why: FailureReason,
    ) -> Task {
        let ended = self.end(operation).await;
        assert_eq!(ended.status, OperationStatus::Failed, "{ended:#?}");
        let task = self.assert_task_ended(id, TaskStatus::Failed).await;
        assert_eq!(task.failure_reason, Some(why), "{task:#?}");
        assert_eq!(self.timeline(operation).await.last().unwrap(), "task.failed");
        task
    }

    pub(crate) async fn cancel_task(&self, operation: OperationId, id: TaskId) -> Task {
        let since = Instant::now();
        self.cancel(operation).await.unwrap();
        let ended = self.end(operation).await;
        assert!(since.elapsed() < SEEN, "{:?}", since.elapsed());
        assert_eq!(ended.status, OperationStatus::Cancelled);
        self.assert_task_ended(id, TaskStatus::Cancelled).await
    }
}
