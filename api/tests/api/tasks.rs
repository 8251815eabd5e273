//! Tasks: asked for, looked at, cancelled, in the way of others, and kept.

use sandboxd_shared::domain::{ErrorBody, ErrorCode, Quota};
use serde_json::{Value, json};

use crate::support::{BOB, Sse, TestApp, id};

const UNKNOWN: &str = "01JD4X8QK3M5N7P9R1S3T5V7W9";

fn tasks_of(sandbox: &str) -> String {
    format!("/v1/sandboxes/{sandbox}/tasks")
}

#[tokio::test]
async fn a_task_is_seen_from_its_acceptance_to_its_result() {
    let app = TestApp::new().await;
    let (shop, sandbox) = app.running().await;
    let body = json!({
        "prompt": "Sell tea", "agent": "command", "command": ["sh", "-c", "true"],
        "model": "m-1", "timeout_s": 90, "checkpoint": false
    });
    let asked = app.post(&tasks_of(&sandbox), body).await;
    asked.expect(202);
    assert_eq!(
        (&asked.json["kind"], &asked.json["status"]),
        (&json!("task.run"), &json!("queued"))
    );
    let (operation, task) = (id(&asked.json, "id"), id(&asked.json, "task_id"));
    assert_eq!(asked.header("location"), format!("/v1/operations/{operation}"));
    let one = format!("{}/{task}", tasks_of(&sandbox));

    let queued = app.get(&one).await.expect(200).json.clone();
    for (field, value) in [
        ("id", json!(task)),
        ("sandbox_id", json!(sandbox)),
        ("app_id", json!(shop)),
        ("operation_id", json!(operation)),
        ("prompt", json!("Sell tea")),
        ("agent", json!("command")),
        ("command", json!(["sh", "-c", "true"])),
        ("model", json!("m-1")),
        ("timeout_ms", json!(90_000)),
        ("status", json!("queued")),
        ("started_at", Value::Null),
    ] {
        assert_eq!(queued[field], value, "{field}");
    }
    let active = async || app.get(&format!("/v1/sandboxes/{sandbox}")).await.json;
    assert_eq!(active().await["active_task_id"], task.as_str());

    let worker = app.worker();
    let claimed = worker.begin_task(&operation).await;
    assert_eq!(app.get(&one).await.json["status"], "running");
    assert_eq!(active().await["active_task_id"], task.as_str());
    worker.end_task(&claimed).await;

    let ended = app.get(&one).await.json;
    assert_eq!(ended["status"], "succeeded");
    assert!(ended["duration_ms"].is_i64() && ended["finished_at"].is_string(), "{ended}");
    assert_eq!(active().await["active_task_id"], Value::Null);
    let operation = app.get(&format!("/v1/operations/{operation}")).await.json;
    assert_eq!(operation["result"]["task"], ended);
    assert_eq!(operation["result"]["sandbox"]["id"], sandbox.as_str());
    assert_eq!(app.get(&tasks_of(&sandbox)).await.json, json!({ "tasks": [ended] }));
}

#[tokio::test]
async fn who_prefers_to_wait_is_answered_with_the_task_or_why_it_failed() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.stopped().await;
    let ask = || {
        let ask = app.ask("POST", &tasks_of(&sandbox)).header("prefer", "wait=15");
        ask.json(&json!({ "prompt": "Sell tea" }))
    };
    let worker = app.worker();
    let (done, _) = tokio::join!(ask().send(), worker.succeed_next());
    assert_eq!(done.expect(200).json["status"], "succeeded");
    assert_eq!(
        (&done.json["agent"], &done.json["timeout_ms"]),
        (&json!("opencode"), &json!(1_800_000))
    );
    assert_eq!(done.header("preference-applied"), "wait=15");

    let error = ErrorBody::new(ErrorCode::SandboxUnavailable, "the sandbox ended");
    let (failed, ()) = tokio::join!(ask().send(), worker.fail_next(error));
    failed.expect_error(502, "sandbox_unavailable");
    let task = id(&failed.json["error"]["details"], "task_id");
    let failed = app.get(&format!("{}/{task}", tasks_of(&sandbox))).await.json;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["failure_reason"], "sandbox_unavailable");
    assert_eq!(failed["error_message"], "the sandbox ended");
}

#[tokio::test]
async fn every_field_of_a_task_is_checked_and_named() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let (_, other) = app.running().await;
    let others = app.task(&other).await.1;
    let with = |fields: Value| {
        let mut body = json!({ "prompt": "x" });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    };
    let run = |command: Value| with(json!({ "agent": "command", "command": command }));
    let before = app.fingerprint().await;
    for (body, field) in [
        (json!({}), "prompt"),
        (json!({ "prompt": "" }), "prompt"),
        (json!({ "prompt": "a\u{0}b" }), "prompt"),
        (json!({ "prompt": "x".repeat((100 << 10) + 1) }), "prompt"),
        (json!({ "prompt": ["x"] }), "prompt"),
        (with(json!({ "agent": "cobol" })), "agent"),
        (with(json!({ "model": "" })), "model"),
        (with(json!({ "model": "x".repeat(201) })), "model"),
        (with(json!({ "model": "a\nb" })), "model"),
        (with(json!({ "model": "--help" })), "model"),
        (with(json!({ "timeout": "25h" })), "timeout"),
        (with(json!({ "timeout": "soon" })), "timeout"),
        (with(json!({ "timeout": 10 })), "timeout"),
        (with(json!({ "timeout_s": 0 })), "timeout_s"),
        (with(json!({ "timeout_s": -1 })), "timeout_s"),
        (with(json!({ "timeout_s": 1.5 })), "timeout_s"),
        (with(json!({ "timeout_s": 86_401 })), "timeout_s"),
        (with(json!({ "timeout": "10m", "timeout_s": 600 })), "timeout_s"),
        (with(json!({ "checkpoint": "no" })), "checkpoint"),
        (with(json!({ "command": ["true"] })), "command"),
        (with(json!({ "agent": "command" })), "command"),
        (run(json!([])), "command"),
        (run(json!([""])), "command"),
        (run(json!("true")), "command"),
        (run(json!(["a\u{0}"])), "command"),
        (run(json!([1])), "command[0]"),
        (run(json!(vec!["x"; 257])), "command"),
        (run(json!(["x".repeat(64 << 10)])), "command"),
        (with(json!({ "continue_task_id": "x" })), "continue_task_id"),
        (with(json!({ "continue_task_id": UNKNOWN })), "continue_task_id"),
        (with(json!({ "continue_task_id": others })), "continue_task_id"),
        (with(json!({ "promt": "y" })), "promt"),
    ] {
        app.post(&tasks_of(&sandbox), body).await.expect_field(field);
    }
    let unknown = app.post(&tasks_of(&sandbox), with(json!({ "agent": "cobol" }))).await;
    for known in ["opencode", "claude-code", "codex", "gemini", "command"] {
        assert!(unknown.text.contains(known), "{}", unknown.text);
    }
    for (query, field) in [("limit=0", "limit"), ("before=x", "before"), ("status=done", "status")]
    {
        app.get(&format!("{}?{query}", tasks_of(&sandbox))).await.expect_field(field);
    }
    assert_eq!(app.fingerprint().await, before, "a refusal changes nothing");
    let longest = json!({ "prompt": "x".repeat(100 << 10), "model": "\u{e9}".repeat(200) });
    app.post(&tasks_of(&sandbox), longest).await.expect(202);
}

#[tokio::test]
async fn a_sandbox_has_one_task_at_a_time() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let (operation, task) = app.task(&sandbox).await;
    let second = async || app.post(&tasks_of(&sandbox), json!({ "prompt": "x" })).await;
    let before = app.fingerprint().await;
    let refused = second().await;
    refused.expect_error(409, "task_in_progress");
    assert_eq!(refused.json["error"]["details"]["task_id"], task.as_str());
    assert_eq!(app.fingerprint().await, before);
    let claimed = app.worker().begin_task(&operation).await;
    second().await.expect_error(409, "task_in_progress");
    app.worker().end_task(&claimed).await;
    second().await.expect(202);
}

#[tokio::test]
async fn a_sandbox_that_goes_or_failed_takes_no_task() {
    let app = TestApp::new().await;
    let (_, going) = app.running().await;
    app.delete(&format!("/v1/sandboxes/{going}")).await.expect(202);
    let refused = app.post(&tasks_of(&going), json!({ "prompt": "x" })).await;
    refused.expect_error(409, "operation_in_progress");
    let shop = app.app("shop").await;
    let made = app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await.json;
    app.worker().fail(&id(&made, "id"), ErrorBody::new(ErrorCode::Internal, "broken")).await;
    let failed = id(&made, "sandbox_id");
    let refused = app.post(&tasks_of(&failed), json!({ "prompt": "x" })).await;
    refused.expect_error(409, "conflict");
    assert_eq!(refused.json["error"]["details"]["status"], "error");
}

#[tokio::test]
async fn an_equal_request_with_the_same_key_starts_one_task() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let ask = |prompt: &str| {
        let ask = app.ask("POST", &tasks_of(&sandbox)).header("idempotency-key", "k");
        ask.json(&json!({ "prompt": prompt })).send()
    };
    let replies = futures::future::join_all((0..8).map(|_| ask("Sell tea"))).await;
    let ids: Vec<String> = replies.iter().map(|it| id(&it.expect(202).json, "task_id")).collect();
    assert!(ids.iter().all(|task| *task == ids[0]), "{ids:?}");
    assert_eq!(app.get(&tasks_of(&sandbox)).await.json["tasks"].as_array().unwrap().len(), 1);
    ask("Sell cups").await.expect_error(422, "idempotency_mismatch");
    // Also when the task has ended and another could begin.
    app.worker().succeed_next().await;
    assert_eq!(id(&ask("Sell tea").await.expect(202).json, "task_id"), ids[0]);
}

#[tokio::test]
async fn tasks_have_a_quota() {
    let app = TestApp::new().await;
    let (_, one) = app.running().await;
    let (_, other) = app.running().await;
    app.limit("alice", &[(Quota::Tasks, 1)]).await;
    let (operation, _) = app.task(&one).await;
    let before = app.fingerprint().await;
    let refused = app.post(&tasks_of(&other), json!({ "prompt": "x" })).await;
    refused.expect_error(429, "quota_exceeded");
    let details = &refused.json["error"]["details"];
    assert_eq!((&details["quota"], &details["used"]), (&json!("tasks"), &json!(1)));
    assert_eq!(app.fingerprint().await, before);
    assert_eq!(
        app.get("/v1/quotas").await.json["quotas"]["tasks"],
        json!({ "limit": 1, "used": 1 })
    );
    app.worker().succeed(&operation).await;
    app.task(&other).await;
}

#[tokio::test]
async fn a_queued_task_is_cancelled_at_once_and_a_running_one_by_its_worker() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let cancel = async |task: &str| {
        app.post(&format!("{}/{task}/cancel", tasks_of(&sandbox)), json!({})).await
    };
    let status = async |task: &str| app.get(&format!("{}/{task}", tasks_of(&sandbox))).await.json;
    let (operation, queued) = app.task(&sandbox).await;
    let cancelled = cancel(&queued).await;
    assert_eq!(cancelled.expect(202).json["status"], "cancelled");
    assert_eq!(cancelled.json["id"], operation.as_str());
    let seen = status(&queued).await;
    assert_eq!(
        (&seen["status"], &seen["failure_reason"]),
        (&json!("cancelled"), &json!("cancelled"))
    );

    let (operation, running) = app.task(&sandbox).await;
    let claimed = app.worker().begin_task(&operation).await;
    for _ in 0..2 {
        let asked = cancel(&running).await;
        assert_eq!(asked.expect(202).json["cancel_requested"], true);
        assert_eq!(asked.json["status"], "running");
    }
    assert_eq!(status(&running).await["status"], "running");
    app.worker().give_up(&claimed).await;
    assert_eq!(status(&running).await["status"], "cancelled");
    let before = app.fingerprint().await;
    for task in [queued, running] {
        let refused = cancel(&task).await;
        refused.expect_error(409, "conflict");
        assert_eq!(
            refused.json["error"]["details"],
            json!({ "status": "cancelled", "task_id": task })
        );
    }
    assert_eq!(app.fingerprint().await, before);
}

#[tokio::test]
async fn a_task_outlives_its_sandbox_and_its_app() {
    let app = TestApp::new().await;
    let (shop, sandbox) = app.running().await;
    let (operation, task) = app.task(&sandbox).await;
    app.worker().succeed(&operation).await;
    let one = format!("{}/{task}", tasks_of(&sandbox));
    let paths = [one.clone(), tasks_of(&sandbox), format!("/v1/tasks/{task}/events")];
    let mut before = Vec::new();
    for path in &paths {
        before.push(app.get(path).await.expect(200).json.clone());
    }
    for gone in [format!("/v1/sandboxes/{sandbox}"), format!("/v1/apps/{shop}")] {
        app.done(app.delete(&gone).await).await;
        for (path, before) in paths.iter().zip(&before) {
            assert_eq!(&app.get(path).await.expect(200).json, before, "{path}");
            app.ask("GET", path).token(BOB).send().await.expect_error(404, "not_found");
        }
    }
    app.post(&tasks_of(&sandbox), json!({ "prompt": "x" })).await.expect_error(404, "not_found");
    let refused = app.post(&format!("{one}/cancel"), json!({})).await;
    refused.expect_error(409, "conflict");
    app.get(&tasks_of(UNKNOWN)).await.expect_error(404, "not_found");
}

#[tokio::test]
async fn a_task_is_found_in_its_own_sandbox_only() {
    let app = TestApp::new().await;
    let (_, one) = app.running().await;
    let (_, other) = app.running().await;
    let (_, task) = app.task(&one).await;
    for what in ["", "/events"] {
        app.get(&format!("{}/{task}{what}", tasks_of(&other))).await.expect_error(404, "not_found");
    }
    let cancel = format!("{}/{task}/cancel", tasks_of(&other));
    app.post(&cancel, json!({})).await.expect_error(404, "not_found");
    assert_eq!(app.get(&tasks_of(&other)).await.expect(200).json, json!({ "tasks": [] }));
}

#[tokio::test]
async fn tasks_are_listed_in_pages_by_status_and_never_too_much_at_once() {
    const LONG: usize = 100 << 10;
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let worker = app.worker();
    let mut made = Vec::new();
    for _ in 0..50 {
        let body = json!({ "prompt": "x".repeat(LONG) });
        let asked = app.post(&tasks_of(&sandbox), body).await;
        made.insert(0, id(&asked.expect(202).json, "task_id"));
        worker.succeed(&id(&asked.json, "id")).await;
    }
    made.insert(0, app.task(&sandbox).await.1);
    for list in [tasks_of(&sandbox), "/v1/operations".to_owned()] {
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let query = format!("limit=50{cursor}");
            let page = app.get(&format!("{list}?{query}")).await;
            assert!(page.expect(200).bytes.len() < 8 << 20, "{}", page.bytes.len());
            let key = list.rsplit('/').next().unwrap();
            let rows = page.json[key].as_array().unwrap();
            pages += 1;
            let field = if key == "tasks" { "id" } else { "task_id" };
            seen.extend(rows.iter().filter_map(|row| row[field].as_str().map(str::to_owned)));
            let Some(before) = page.json["next_before"].as_str() else { break };
            cursor = format!("&before={before}");
        }
        assert_eq!(seen, made, "{list}");
        assert!(pages >= 2, "{list}");
    }
    let by_status = async |status: &str| -> usize {
        let page = app.get(&format!("{}?status={status}&limit=1", tasks_of(&sandbox))).await;
        page.expect(200).json["tasks"].as_array().unwrap().len()
    };
    assert_eq!(by_status("queued").await, 1);
    assert_eq!(by_status("succeeded").await, 1);
    assert_eq!(by_status("failed").await, 0);
}

#[tokio::test]
async fn a_conversation_is_gone_on_with_by_the_same_agent() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let (operation, task) = app.task(&sandbox).await;
    app.worker().succeed(&operation).await;
    let go_on = |agent: &str| json!({ "prompt": "x", "agent": agent, "continue_task_id": task });
    let other = app.post(&tasks_of(&sandbox), go_on("codex")).await;
    other.expect_field("continue_task_id");
    let next = app.post(&tasks_of(&sandbox), go_on("opencode")).await;
    let next = id(&next.expect(202).json, "task_id");
    let next = app.get(&format!("{}/{next}", tasks_of(&sandbox))).await.json;
    assert_eq!(next["continue_task_id"], task.as_str());
}

#[tokio::test]
async fn a_task_has_a_timeline_of_its_own() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let (operation, task) = app.task(&sandbox).await;
    let path = format!("/v1/tasks/{task}/events");
    let mut live = Sse::open(&app, &format!("{path}?after=00000000000000000000000000")).await;
    let worker = app.worker();
    let claimed = worker.begin_task(&operation).await;
    app.app("other").await;
    worker.end_task(&claimed).await;
    let wanted = ["task.queued", "task.started", "task.completed"];
    let heard: Vec<String> = live.take(3).await.into_iter().map(|event| event.kind).collect();
    assert_eq!(heard, wanted);
    let page = app.get(&path).await.json;
    let listed: Vec<&str> =
        page["events"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect();
    assert_eq!(listed, wanted.into_iter().rev().collect::<Vec<_>>());
    assert!(page["events"].as_array().unwrap().iter().all(|it| it["task_id"] == task.as_str()));
    assert_eq!(app.get(&format!("{path}?task_id={task}&limit=1")).await.expect(200).status, 200);
    app.get(&format!("{path}?task_id={UNKNOWN}")).await.expect_field("task_id");
    app.get(&format!("/v1/tasks/{UNKNOWN}/events")).await.expect_error(404, "not_found");
}
