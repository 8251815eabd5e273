//! A worker that does at once what operations ask for, as far as rows show it.

use sandboxd_shared::domain::{ErrorBody, ErrorCode, OperationKind, OperationStatus, OutputKind};
use sandboxd_shared::jobs::run_task;
use sandboxd_shared::store::claim::Ending;
use sandboxd_shared::store::{task_output, tasks};
use serde_json::json;

use super::HandWorker;

/// A task with this prompt fails.
pub(crate) const PROMPT_TO_FAIL: &str = "fail";

pub(super) async fn work(worker: HandWorker) {
    loop {
        let id = worker.next().await;
        let operation = worker.look(&id).await;
        if operation.kind == OperationKind::TaskRun {
            task(&worker, &id).await;
        } else {
            worker.succeed(&id).await;
        }
    }
}

/// An agent that says two things.
async fn task(worker: &HandWorker, id: &str) {
    let (task, prompt) = {
        let row = worker.look(id).await.task_id.unwrap();
        let mut conn = worker.store.read().await.unwrap();
        let task = tasks::get(&mut conn, row).await.unwrap().unwrap();
        (task.clone(), task.prompt)
    };
    if prompt == PROMPT_TO_FAIL {
        return worker.fail(id, ErrorBody::new(ErrorCode::Internal, "the agent gave up")).await;
    }
    let operation = worker.claim(id).await;
    let mut tx = worker.store.write().await.unwrap();
    let now = worker.store.clock().now();
    run_task::begin(&mut tx, &operation, &task, now).await.unwrap();
    tx.commit().await.unwrap();
    for text in ["Looking at it\n", "Made it \u{1b}[31mred\u{1b}[0m\n"] {
        let pieces = [(OutputKind::Message, json!({ "text": text }))];
        let mut tx = worker.store.write_lightly().await.unwrap();
        task_output::append(&mut tx, task.id, &pieces, now).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = worker.store.write().await.unwrap();
    let result = run_task::succeed(&mut tx, &operation, task.id, now).await.unwrap();
    let status = OperationStatus::Succeeded;
    worker.finish(tx, &operation, &Ending { status, result: Some(&result), error: None }).await;
}
