//! Tasks: a prompt sent once whatever dies, all that the agent says told once, and an end for each.

use std::time::{Duration, Instant};

use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{
    FailureReason, Operation, OperationStatus, SandboxStatus, SnapshotStatus, TaskOutput,
    TaskStatus,
};
use sandboxd_shared::jobs::RunningTask;
use sandboxd_shared::jobs::run_task::Spec;
use sandboxd_shared::jobs::stop_sandbox::{self, StopReason};
use sandboxd_worker::failpoint::{Action, arm};
use sandboxd_worker::tasks::Refusal;

use crate::agent::exited;
use crate::files::files;
use crate::node::TestNode;
use crate::task_kit::spec;

fn step_names(operation: &Operation) -> Vec<&str> {
    operation.steps.iter().map(|step| step.name.as_str()).collect()
}

#[tokio::test]
async fn a_task_runs_between_two_checkpoints() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.script(b"one\ntwo", None);
    node.agents.builds_with(b"built", 0);
    let (operation, id) = node.ask_task(sandbox).await;
    node.agent_works(id).await;
    assert_eq!(node.sandbox(sandbox).await.unwrap().active_task_id, Some(id));
    node.write(sandbox, "a", "new").await;
    node.agents.say(id, b" three\n");
    node.agents.end(id, exited(0));
    let done = node.succeed(operation).await;
    assert_eq!(node.timeline(operation).await, ["task.queued", "task.started", "task.completed"]);
    assert_eq!(
        crate::look::steps(&done),
        [
            "checkpoint_before",
            "wake_sandbox",
            "await_workspace",
            "hand_over",
            "follow_agent",
            "check_build",
            "check_preview",
            "checkpoint_after",
            "list_changes",
        ]
    );
    let task = node.assert_task_ended(id, TaskStatus::Succeeded).await;
    assert_eq!(node.said(id).await, "one\ntwo three\n");
    assert_eq!((task.build_ok, task.failure_reason), (Some(true), None));
    let before = node.snapshot_files(task.checkpoint_before.unwrap()).await;
    let after = node.snapshot_files(task.checkpoint_after.unwrap()).await;
    assert_eq!((before, after), (files([("a", "old")]), files([("a", "new")])));
    let env = node.agents.environment(id);
    assert!(env.contains(&("SANDBOXD_PROMPT".to_owned(), "Make it blue".to_owned())));
    worker.stop().await;
}

#[tokio::test]
async fn a_stopped_sandbox_is_captured_as_it_is_and_woken() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.stop(sandbox).await;
    let (operation, id) = node.ask_task(sandbox).await;
    node.succeed(operation).await;
    node.assert_task_ended(id, TaskStatus::Succeeded).await;
    node.assert_running(sandbox).await;
    let row = node.sandbox(sandbox).await.unwrap();
    let events = node.app_events(row.app_id).await;
    let started = events.iter().find(|event| event.payload["reason"] == "task").unwrap();
    assert_eq!(started.kind, "sandbox.start.started");
}

#[tokio::test]
async fn a_step_that_fails_is_done_again_and_the_prompt_is_sent_once() {
    let node = TestNode::alone().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    let points = [
        "task.run.checkpoint_before",
        "task.run.wake_sandbox",
        "task.run.await_workspace",
        "task.chosen",
        "task.sent",
        "task.run.hand_over",
        "task.heard",
        "task.run.follow_agent",
        "task.run.check_build",
        "task.run.check_preview",
        "task.run.checkpoint_after",
        "task.run.list_changes",
    ];
    // So that something is written down before the end.
    node.agents.cut_after(Some(12));
    for point in points {
        node.agents.script(b"some words\nlast words", Some(0));
        arm(point, Action::Error);
        let (operation, id) = node.ask_task(sandbox).await;
        let done = node.succeed(operation).await;
        assert_eq!(done.attempt, 2, "{point}");
        node.assert_task_ended(id, TaskStatus::Succeeded).await;
        assert_eq!(node.agents.starts(id), 1, "{point}");
        assert_eq!(node.said(id).await, "some words\nlast words", "{point}");
        let mut timeline = node.timeline(operation).await;
        timeline.retain(|kind| kind != "operation.retried");
        assert_eq!(timeline, ["task.queued", "task.started", "task.completed"], "{point}");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_sends_nothing_twice() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.lose_answers(2);
    let (operation, id) = node.ask_task(sandbox).await;
    node.succeed(operation).await;
    assert_eq!(node.agents.starts(id), 1);
    assert_eq!(node.said(id).await, "done\n");
}

#[tokio::test]
async fn output_has_no_gap_and_no_repeat_whoever_listens() {
    let node = TestNode::new().await;
    let mut worker = Some(node.worker().await);
    let sandbox = node.ready_sandbox().await;
    node.agents.script(b"", None);
    let (operation, id) = node.ask_task(sandbox).await;
    node.agent_works(id).await;
    let mut all = String::new();
    for round in 0..12_usize {
        node.agents.cut_after((round % 3 == 0).then_some(700 + 13 * round));
        let text = format!("{round} {}\nhalf a line", "\u{e4}x".repeat(round * 211));
        node.agents.say(id, text.as_bytes());
        all += &text;
        node.hears(id, &format!("{round} ")).await;
        let old = worker.take().unwrap();
        if round % 2 == 0 {
            worker = Some(node.worker().await);
            old.kill().await;
        } else {
            old.stop().await;
            worker = Some(node.worker().await);
        }
    }
    node.agents.cut_after(None);
    node.agents.end(id, exited(0));
    node.succeed(operation).await;
    node.assert_task_ended(id, TaskStatus::Succeeded).await;
    assert_eq!(node.said(id).await, all);
    assert_eq!(node.agents.starts(id), 1);
}

#[tokio::test]
async fn a_drain_is_not_held_up_and_the_agent_goes_on() {
    let node = TestNode::new().await;
    let first = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.script(b"one\n", None);
    let (operation, id) = node.ask_task(sandbox).await;
    node.hears(id, "one").await;
    let since = Instant::now();
    first.stop().await;
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
    let row = node.operation(operation).await;
    assert_eq!((row.status, row.attempt), (OperationStatus::Queued, 0));
    assert!(!node.agents.was_told_to_end(id));
    node.agents.say(id, b"two\n");
    node.agents.end(id, exited(0));
    let _second = node.worker().await;
    assert_eq!(node.succeed(operation).await.attempt, 1);
    assert_eq!(node.said(id).await, "one\ntwo\n");
}

#[tokio::test]
async fn an_agent_whose_sandbox_dies_is_lost_and_never_begun_again() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.script(b"one\n", None);
    let (operation, id) = node.ask_task(sandbox).await;
    node.hears(id, "one").await;
    node.write(sandbox, "a", "half").await;
    node.agents.say(id, b"not heard by anybody");
    node.lose(sandbox).await;
    let task = node.fails(operation, id, FailureReason::SandboxUnavailable).await;
    assert_eq!(node.said(id).await, "one\nnot heard by anybody");
    let kept = node.snapshot_files(task.checkpoint_after.unwrap()).await;
    assert_eq!(kept, files([("a", "half")]));
    assert_eq!(node.agents.starts(id), 1);
}

#[tokio::test]
async fn what_an_agent_had_done_before_its_sandbox_died_counts() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.script(b"one\n", None);
    let (operation, id) = node.ask_task(sandbox).await;
    node.hears(id, "one").await;
    worker.kill().await;
    node.agents.end(id, exited(0));
    node.lose(sandbox).await;
    let _worker = node.worker().await;
    node.succeed(operation).await;
    node.assert_task_ended(id, TaskStatus::Succeeded).await;
}

#[tokio::test]
async fn agents_that_cannot_be_begun_are_explained() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    for (refusal, reason, words) in [
        (Refusal::NotFound, FailureReason::AgentError, "isn't in this sandbox's image"),
        (Refusal::Unsupported, FailureReason::SandboxUnavailable, "stop and start the sandbox"),
        (Refusal::Invalid, FailureReason::AgentError, "too large"),
    ] {
        node.agents.refuse(Some(refusal));
        let (operation, id) = node.ask_task(sandbox).await;
        let task = node.fails(operation, id, reason).await;
        assert!(task.error_message.unwrap().contains(words));
        assert!(task.checkpoint_before.is_some());
        node.agents.refuse(None);
    }
}

#[tokio::test]
async fn an_agent_that_fails_keeps_its_words_to_the_task() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.script(b"the key is hunter2\n", Some(3));
    let (operation, id) = node.ask_task(sandbox).await;
    let task = node.fails(operation, id, FailureReason::AgentError).await;
    let message = task.error_message.unwrap();
    assert!(message.contains("exit code 3") && message.contains("hunter2"), "{message}");
    assert!(task.checkpoint_after.is_some());
    for table in ["operations", "events", "snapshots", "sandboxes", "Jobs"] {
        let mut conn = node.store.read().await.unwrap();
        let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
            .bind(table)
            .fetch_all(&mut *conn)
            .await
            .unwrap();
        for column in columns {
            let sql = format!("SELECT count(*) FROM {table} WHERE {column} LIKE '%hunter2%'");
            let found: i64 =
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *conn).await.unwrap();
            assert_eq!(found, 0, "{table}.{column}");
        }
    }
}

#[tokio::test]
async fn an_agent_that_is_overdue_is_ended() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.script(b"one\n", None);
    let (operation, id) = node.ask_task(sandbox).await;
    node.hears(id, "one").await;
    worker.kill().await;
    node.execute("UPDATE tasks SET ends_by = 1").await;
    let _worker = node.worker().await;
    let task = node.fails(operation, id, FailureReason::AgentTimeout).await;
    assert!(task.error_message.unwrap().contains("10m"));
    assert_eq!(node.said(id).await, "one\nbye\n");
}

#[tokio::test]
async fn a_build_that_fails_is_told_and_the_task_succeeds() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.builds_with(b"error: no such file", 1);
    let (operation, id) = node.ask_task(sandbox).await;
    node.succeed(operation).await;
    let task = node.assert_task_ended(id, TaskStatus::Succeeded).await;
    assert_eq!(task.build_ok, Some(false));
    assert_eq!(task.build_error_message.unwrap(), "error: no such file");
    let events = node.events_of(operation).await;
    let told = events.iter().find(|event| event.kind == "task.build.failed").unwrap();
    assert_eq!(told.payload, serde_json::json!({ "reason": "exit 1", "has_build_error": true }));
    assert_eq!(node.agents.builds(), 1);
}

#[tokio::test]
async fn a_cancel_ends_the_agent_and_keeps_its_words() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.script(b"one\n", None);
    let (operation, id) = node.ask_task(sandbox).await;
    node.hears(id, "one").await;
    let task = node.cancel_task(operation, id).await;
    assert_eq!(node.said(id).await, "one\nbye\n");
    let before = node.snapshot(task.checkpoint_before.unwrap()).await.unwrap();
    assert_eq!((before.status, task.checkpoint_after), (SnapshotStatus::Ready, None));
    // Another one can be asked for.
    node.agents.script(b"done\n", Some(0));
    let (operation, _) = node.ask_task(sandbox).await;
    node.succeed(operation).await;
}

#[tokio::test]
async fn a_task_is_cancelled_in_every_phase() {
    use std::sync::atomic::Ordering;
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    // Before the workspace is ready.
    node.init.seeded.store(false, Ordering::SeqCst);
    let (operation, id) = node.ask_task(sandbox).await;
    node.until("it waits", || async {
        step_names(&node.operation(operation).await).contains(&"await_workspace").then_some(())
    })
    .await;
    node.cancel_task(operation, id).await;
    assert_eq!(node.agents.starts(id), 0);
    node.init.seeded.store(true, Ordering::SeqCst);
    // While it is built.
    node.agents.builds_with(b"", 0);
    node.agents.build_for_ever();
    let (operation, id) = node.ask_task(sandbox).await;
    node.until("it is built", || async { (node.agents.builds() > 0).then_some(()) }).await;
    node.cancel_task(operation, id).await;
    // While nobody has it.
    worker.stop().await;
    let (operation, id) = node.ask_task(sandbox).await;
    node.cancel(operation).await.unwrap();
    node.assert_task_ended(id, TaskStatus::Cancelled).await;
    assert_eq!(node.timeline(operation).await.first().unwrap(), "task.queued");
}

#[tokio::test]
async fn a_forced_stop_ends_the_task_first() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.script(b"one\n", None);
    let (operation, id) = node.ask_task(sandbox).await;
    node.hears(id, "one").await;
    let row = node.sandbox(sandbox).await.unwrap();
    let mut tx = node.store.write().await.unwrap();
    let (reason, now) = (StopReason::Api, node.clock.now());
    let stop = stop_sandbox::accept(&mut tx, &row, reason, RunningTask::Cancel, now).await.unwrap();
    tx.commit().await.unwrap();
    node.succeed(stop.operation().id).await;
    node.end(operation).await;
    node.assert_task_ended(id, TaskStatus::Cancelled).await;
    assert_eq!(node.said(id).await, "one\nbye\n");
    assert_eq!(node.sandbox(sandbox).await.unwrap().status, SandboxStatus::Stopped);
}

#[tokio::test]
async fn a_workspace_that_cannot_be_kept_is_not_worked_on() {
    use std::sync::atomic::Ordering;
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.capacity.no_disk.store(true, Ordering::SeqCst);
    let (operation, id) = node.ask_task(sandbox).await;
    let ended = node
        .until("it fails", || async {
            // Its captures are tried again after a while.
            if let Some(active) = node.sandbox(sandbox).await.unwrap().active_operation_id {
                node.clock.reach(node.operation(active).await.not_before);
                node.reap().await;
            }
            let row = node.operation(operation).await;
            row.status.is_final().then_some(row)
        })
        .await;
    assert_eq!(ended.status, OperationStatus::Failed);
    let task = node.assert_task_ended(id, TaskStatus::Failed).await;
    assert!(task.error_message.unwrap().contains("disk is nearly full"));
    assert_eq!(node.agents.starts(id), 0);
}

#[tokio::test]
async fn a_task_that_cannot_go_on_with_a_session_says_so() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.script(b"done\n", Some(0));
    let (first, earlier) = node.ask_task(sandbox).await;
    node.succeed(first).await;
    let (second, id) =
        node.ask_task_as(sandbox, &Spec { continue_task_id: Some(earlier), ..spec() }).await;
    node.succeed(second).await;
    let told = |rows: Vec<TaskOutput>| {
        rows.into_iter().filter(|row| row.data["status"] == "new_session").count()
    };
    assert_eq!((told(node.output(earlier).await), told(node.output(id).await)), (0, 1));
}
