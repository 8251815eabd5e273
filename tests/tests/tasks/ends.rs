//! How tasks end: well, badly, late, called off in each of their phases, or made way for something
//! else.

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::json;

use crate::site::{App, Site, sh, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_task_wakes_its_sandbox_and_tells_what_it_did() {
    let site = Site::new().await;
    let app = site.app().await;
    let stop = format!("/v1/sandboxes/{}/stop", app.sandbox);
    site.stack.client.run(Method::POST, &stop, None).await.unwrap();
    let line = r#"echo "asked: $SANDBOXD_PROMPT"; echo new > new.txt; rm -f index.html; mkdir deep; echo x > deep/file"#;
    let task = site.ask_sh(&app, line).await;
    let ended = site.ended(&task).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}\n{}", site.stack.logs());
    assert_eq!(site.printed(&task).await, "asked: do it\n");
    let changed: Vec<&str> = ended["files_changed"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|path| path.as_str())
        .collect();
    assert!(changed.contains(&"new.txt") && changed.contains(&"deep/file"), "{changed:?}");
    assert!(changed.contains(&"index.html"), "what is removed counts: {changed:?}");
    let kinds: Vec<String> =
        site.output(&task).await.iter().map(|piece| text(piece, "type")).collect();
    assert_eq!(kinds.last().unwrap(), "done");
    assert_eq!(site.sandbox(&app).await["status"], "running");
    for key in ["checkpoint_before", "checkpoint_after"] {
        let path = format!("/v1/snapshots/{}", text(&ended, key));
        let snapshot = site.stack.client.get(&path).await.unwrap().json();
        assert_eq!(
            (&snapshot["status"], &snapshot["kind"]),
            (&json!("ready"), &json!("checkpoint"))
        );
        assert_eq!(snapshot["task_id"], ended["id"]);
    }
    let diff = format!(
        "/v1/snapshots/{}/diff?against={}",
        text(&ended, "checkpoint_after"),
        text(&ended, "checkpoint_before")
    );
    let diff = site.stack.client.get(&diff).await.unwrap().json();
    assert_eq!(diff["added"], 2, "{diff}");
    assert_eq!(diff["removed"], 1, "{diff}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_fails_is_told_and_one_that_works_too() {
    let site = Site::new().await;
    let app = site.app().await;
    let line = "printf 'dev: sleep 1000\\nbuild: echo building; echo broken >&2; exit 3\\n' > sandbox.yaml";
    let task = site.ask_sh(&app, line).await;
    let ended = site.ended(&task).await;
    assert_eq!(
        (&ended["status"], &ended["build_ok"]),
        (&json!("succeeded"), &json!(false)),
        "{ended:#}"
    );
    assert!(text(&ended, "build_error_message").contains("broken"), "{ended:#}");
    assert!(site.told(&task).await.contains(&"task.build.failed".to_owned()));
    let mended = site.run_sh(&app, "sed -i 's/exit 3/exit 0/' sandbox.yaml").await;
    assert_eq!((&mended["build_ok"], &mended["build_error_message"]), (&json!(true), &json!(null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_fails_or_takes_too_long_says_why() {
    let site = Site::new().await;
    let app = site.app().await;
    let failed = site.run_sh(&app, "echo nearly > half; echo no such thing >&2; exit 4").await;
    assert_eq!(failed["failure_reason"], "agent_error");
    assert!(text(&failed, "error_message").contains("no such thing"), "{failed:#}");
    assert_eq!(failed["files_changed"], json!(["half"]), "what it did is kept: {failed:#}");

    let mut body = sh("echo begun; trap '' TERM; sleep 1000 & wait; sleep 1000");
    body["timeout"] = json!("1s");
    let task = site.ask(&app, &body).await;
    let late = site.ended(&task).await;
    assert_eq!(late["failure_reason"], "agent_timeout", "{late:#}");
    assert_eq!(site.printed(&task).await, "begun\n");
    assert_eq!(
        site.stack.docker.sh(&app.sandbox, "pgrep -c sleep || true"),
        "0",
        "nothing is left"
    );

    let body = json!({ "prompt": "x", "agent": "command", "command": ["no-such-program"] });
    let task = site.ask(&app, &body).await;
    let missing = site.ended(&task).await;
    assert_eq!(missing["failure_reason"], "agent_error", "{missing:#}");
    assert!(text(&missing, "error_message").contains("no-such-program"), "{missing:#}");

    let body = json!({ "prompt": "x", "agent": "opencode" });
    let task = site.ask(&app, &body).await;
    let keyless = site.ended(&task).await;
    assert!(text(&keyless, "error_message").contains("ANTHROPIC_API_KEY"), "{keyless:#}");
}

async fn cancel(site: &Site, app: &App, task: &serde_json::Value) {
    let path = format!("/v1/sandboxes/{}/tasks/{}/cancel", app.sandbox, text(task, "task_id"));
    let answer = site.stack.client.post(&path, &json!({})).await.unwrap();
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_cancelled_in_each_of_its_phases() {
    let site = Site::new().await;
    let app = site.app().await;
    let stop = format!("/v1/sandboxes/{}/stop", app.sandbox);
    // While it is queued or being prepared, at once and after a while.
    for wait in [0, 30, 150, 400] {
        site.stack.client.run(Method::POST, &stop, None).await.unwrap();
        let task = site.ask_sh(&app, "sleep 1000").await;
        tokio::time::sleep(Duration::from_millis(wait)).await;
        cancel(&site, &app, &task).await;
        let ended = site.ended(&task).await;
        assert_eq!(ended["failure_reason"], "cancelled", "{ended:#}");
        site.quiet(&app).await;
    }
    // While its agent works, one that doesn't listen to SIGTERM.
    let task = site.ask_sh(&app, "trap '' TERM; echo on; while :; do sleep 1; done").await;
    site.until_printed(&task, "on\n").await;
    let asked = tokio::time::Instant::now();
    cancel(&site, &app, &task).await;
    let ended = site.ended(&task).await;
    assert_eq!(ended["failure_reason"], "cancelled", "{ended:#}");
    assert!(asked.elapsed() < Duration::from_secs(9), "{:?}", asked.elapsed());
    assert_eq!(site.stack.docker.sh(&app.sandbox, "pgrep -c sleep || true"), "0");
    // While the app is built.
    let line = "printf 'dev: sleep 1000\\nbuild: sleep 500\\n' > sandbox.yaml";
    let task = site.ask_sh(&app, line).await;
    site.stack
        .until("it builds", crate::site::LIMIT, async |_| {
            let said = site.output(&task).await;
            Ok(said.iter().any(|piece| piece["type"] == "build"))
        })
        .await
        .unwrap();
    cancel(&site, &app, &task).await;
    let ended = site.ended(&task).await;
    assert_eq!(ended["failure_reason"], "cancelled", "{ended:#}");
    assert_eq!(site.stack.docker.sh(&app.sandbox, "pgrep -fc 'slee[p] 500' || true"), "0");
    // The next one works.
    let last = site.run_sh(&app, "rm sandbox.yaml; echo fine").await;
    assert_eq!(last["status"], "succeeded", "{last:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_end_a_task_asks_first_or_is_forced() {
    let site = Site::new().await;
    let app = site.app().await;
    let first = site.run_sh(&app, "echo one > state").await;
    let restore = json!({ "snapshot_id": first["checkpoint_before"] });
    let stop = format!("/v1/sandboxes/{}/stop", app.sandbox);
    let (back, gone) = (format!("/v1/apps/{}/restore", app.app), format!("/v1/apps/{}", app.app));
    let steps = [
        (Method::POST, stop, None),
        (Method::POST, back, Some(restore)),
        (Method::DELETE, gone, None),
    ];
    for (method, path, body) in steps {
        let task = site.ask_sh(&app, "echo on; sleep 1000").await;
        site.until_printed(&task, "on\n").await;
        let refused =
            site.stack.client.request(method.clone(), &path, &[], body.as_ref()).await.unwrap();
        assert_eq!(refused.status, StatusCode::CONFLICT, "{path}: {}", refused.text());
        let error = &refused.json()["error"];
        assert_eq!(
            (&error["code"], &error["details"]["task_id"]),
            (&json!("task_in_progress"), &task["task_id"])
        );
        // A live capture is no hindrance.
        let capture = json!({ "source_sandbox_id": app.sandbox, "name": "live", "live": true });
        site.stack.client.run(Method::POST, "/v1/snapshots", Some(&capture)).await.unwrap();
        let forced = format!("{path}?force=true");
        site.stack.client.run(method, &forced, body.as_ref()).await.unwrap();
        let ended = site.ended(&task).await;
        assert_eq!(ended["failure_reason"], "cancelled", "{path}: {ended:#}");
    }
}
