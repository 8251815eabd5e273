//! The worker by hand at a task: an agent that says what a test tells it.

use sandboxd_shared::domain::{Operation, OperationStatus, OutputKind, Undo};
use sandboxd_shared::jobs::{self, Found, run_task};
use sandboxd_shared::store::claim::Ending;
use sandboxd_shared::store::{task_output, tasks};
use serde_json::{Value, json};

use super::{HandWorker, TestApp, id};

impl TestApp {
    /// The ids of the operation and the task of a new task.
    pub(crate) async fn task(&self, sandbox: &str) -> (String, String) {
        let body = json!({ "prompt": "Make the heading blue" });
        let asked = self.post(&format!("/v1/sandboxes/{sandbox}/tasks"), body).await;
        asked.expect(202);
        (id(&asked.json, "id"), id(&asked.json, "task_id"))
    }
}

impl HandWorker {
    /// Takes the operation of a task and begins it.
    pub(crate) async fn begin_task(&self, operation: &str) -> Operation {
        let operation = self.claim(operation).await;
        let mut tx = self.store.write().await.unwrap();
        let task = tasks::get(&mut tx, operation.task_id.unwrap()).await.unwrap().unwrap();
        run_task::begin(&mut tx, &operation, &task, self.store.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        operation
    }

    /// Writes down what an agent says.
    pub(crate) async fn say(&self, task: &str, pieces: &[(OutputKind, Value)]) {
        let mut tx = self.store.write_lightly().await.unwrap();
        let now = self.store.clock().now();
        task_output::append(&mut tx, task.parse().unwrap(), pieces, now).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The same for messages.
    pub(crate) async fn say_texts(&self, task: &str, texts: &[&str]) {
        let pieces: Vec<(OutputKind, Value)> =
            texts.iter().map(|text| (OutputKind::Message, json!({ "text": text }))).collect();
        self.say(task, &pieces).await;
    }

    /// Ends a task that was begun: it succeeds.
    pub(crate) async fn end_task(&self, operation: &Operation) {
        let mut tx = self.store.write().await.unwrap();
        let (task, now) = (operation.task_id.unwrap(), self.store.clock().now());
        let result = run_task::succeed(&mut tx, operation, task, now).await.unwrap();
        let status = OperationStatus::Succeeded;
        self.finish(tx, operation, &Ending { status, result: Some(&result), error: None }).await;
    }

    /// Does what was asked of a running operation: ends it as cancelled.
    pub(crate) async fn give_up(&self, operation: &Operation) {
        let mut tx = self.store.write().await.unwrap();
        let status = OperationStatus::Cancelled;
        let (undo, now) = (Undo { status, error: None }, self.store.clock().now());
        jobs::fail(&mut tx, operation, &undo, &Found::AsRecorded, now).await.unwrap();
        self.finish(tx, operation, &Ending { status, result: None, error: None }).await;
    }
}
