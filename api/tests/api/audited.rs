//! Every route that changes something leaves an entry in the audit log, and no route that has a
//! transaction does anything without it.

use sandboxd_api::server::{RouteName, routes};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::programs::{Ground, end};
use crate::sessions::{Browser, sign_in};
use crate::support::{ALICE, Ask, TestApp, id, until};

/// Work in a sandbox: no transaction of ours. The entry is written right after the answer.
const NO_TRANSACTIONS: [&str; 4] = ["delete_files", "write_file", "exec_command", "open_terminal"];

fn changes_something(route: &RouteName) -> bool {
    route.method != "GET" || route.action == "open_terminal"
}

/// Lets no entry be written, or all again.
async fn break_log(app: &TestApp, broken: bool) {
    let sql = if broken {
        "CREATE TRIGGER broken BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'no'); END"
    } else {
        "DROP TRIGGER broken"
    };
    let mut tx = app.store.write().await.unwrap();
    sqlx::query(sql).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// How many entries there are of an action that succeeded.
async fn entries(app: &TestApp, action: &str) -> i64 {
    let sql = "SELECT count(*) FROM audit_log WHERE action = $1 AND status < 400";
    let mut conn = app.store.read().await.unwrap();
    sqlx::query_scalar(sql).bind(action).fetch_one(&mut *conn).await.unwrap()
}

/// Ends all programs that are started.
fn end_programs(ground: &mut Ground) -> JoinHandle<()> {
    let (_, none) = tokio::sync::mpsc::unbounded_channel();
    let mut programs = std::mem::replace(&mut ground.programs, none);
    tokio::spawn(async move {
        while let Some(mut program) = programs.recv().await {
            end(&mut program, 0).await;
        }
    })
}

/// Something of alice's that has an id, made for one request.
async fn made(app: &TestApp, path: &str, body: Value) -> String {
    let made = app.post(path, body).await;
    assert!(made.status < 300, "{path}: {}", made.text);
    id(&made.json, "id")
}

async fn webhook(app: &TestApp) -> String {
    made(app, "/v1/webhooks", json!({ "url": "https://hooks.example.com/x" })).await
}

/// A request that succeeds, with all that it needs.
async fn good(ground: &Ground, action: &str) -> Ask {
    let app = &ground.app;
    if action.contains("session") {
        return session(app, action).await;
    }
    let (method, path, body) = match action.split('_').next_back().unwrap() {
        "webhook" | "secret" => of_webhooks(app, action).await,
        "config" => of_config(app, action).await,
        "task" => of_tasks(app, action).await,
        "snapshot" => of_snapshots(app, action).await,
        "app" => of_apps(app, action).await,
        "operation" => {
            let (_, sandbox) = app.stopped().await;
            let start = made(app, &format!("/v1/sandboxes/{sandbox}/start"), json!({})).await;
            ("POST", format!("/v1/operations/{start}/cancel"), json!({}))
        }
        _ => of_sandboxes(ground, action).await,
    };
    let ask = app.ask(method, &path);
    match action {
        "open_terminal" => [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]
        .iter()
        .fold(ask, |ask, (name, value)| ask.header(name, value)),
        _ => ask.json(&body),
    }
}

async fn session(app: &TestApp, action: &str) -> Ask {
    match action {
        "create_session" => sign_in(app, ALICE),
        _ => Browser::of(app, ALICE).await.write(app, "DELETE", "/v1/session"),
    }
}

type Parts = (&'static str, String, Value);

async fn of_apps(app: &TestApp, action: &str) -> Parts {
    if let "restore_app" | "fork_app" = action {
        let (shop, _, snapshot) = app.captured().await;
        let what = action.strip_suffix("_app").unwrap();
        return ("POST", format!("/v1/apps/{shop}/{what}"), json!({ "snapshot_id": snapshot }));
    }
    if action == "adopt_app" {
        let (shop, _, snapshot) = app.captured().await;
        let fork = format!("/v1/apps/{shop}/fork");
        let fork = app.done(app.post(&fork, json!({ "snapshot_id": snapshot })).await).await;
        let child = id(&fork["result"]["children"][0]["app"], "id");
        return ("POST", format!("/v1/apps/{shop}/adopt"), json!({ "from_app_id": child }));
    }
    if action == "explore_app" {
        let (shop, _) = app.running().await;
        let body = json!({ "prompt": "x", "count": 2 });
        return ("POST", format!("/v1/apps/{shop}/explore"), body);
    }
    let one = format!("/v1/apps/{}", app.app("shop").await);
    match action {
        "create_app" => ("POST", "/v1/apps".to_owned(), json!({ "name": "shop" })),
        "update_app" => ("PATCH", one, json!({ "name": "other" })),
        "delete_app" => ("DELETE", one, json!({})),
        other => panic!("teach this test a good request for {other}"),
    }
}

async fn of_config(app: &TestApp, action: &str) -> Parts {
    let all = format!("/v1/apps/{}/config", app.app("shop").await);
    if action == "create_config" {
        return ("POST", all, json!({ "key": "A", "value": "b" }));
    }
    app.post(&all, json!({ "key": "A", "value": "b" })).await.expect(201);
    match action {
        "update_config" => ("PATCH", format!("{all}/A"), json!({ "value": "c" })),
        "delete_config" => ("DELETE", format!("{all}/A"), json!({})),
        other => panic!("teach this test a good request for {other}"),
    }
}

async fn of_snapshots(app: &TestApp, action: &str) -> Parts {
    if action == "capture_snapshot" {
        let (_, sandbox) = app.stopped().await;
        let body = json!({ "source_sandbox_id": sandbox, "name": "x" });
        return ("POST", "/v1/snapshots".to_owned(), body);
    }
    let one = format!("/v1/snapshots/{}", app.captured().await.2);
    match action {
        "rename_snapshot" => ("PATCH", one, json!({ "name": "other" })),
        "delete_snapshot" => ("DELETE", one, json!({})),
        other => panic!("teach this test a good request for {other}"),
    }
}

async fn of_tasks(app: &TestApp, action: &str) -> Parts {
    let (_, sandbox) = app.running().await;
    let all = format!("/v1/sandboxes/{sandbox}/tasks");
    match action {
        "run_task" => ("POST", all, json!({ "prompt": "x" })),
        "cancel_task" => {
            let (_, task) = app.task(&sandbox).await;
            ("POST", format!("{all}/{task}/cancel"), json!({}))
        }
        other => panic!("teach this test a good request for {other}"),
    }
}

async fn of_webhooks(app: &TestApp, action: &str) -> Parts {
    let url = json!({ "url": "https://hooks.example.com/x" });
    let one = format!("/v1/webhooks/{}", webhook(app).await);
    match action {
        "create_webhook" => ("POST", "/v1/webhooks".to_owned(), url),
        "update_webhook" => ("PATCH", one, url),
        "delete_webhook" => ("DELETE", one, json!({})),
        "rotate_webhook_secret" => ("POST", format!("{one}/rotate-secret"), json!({})),
        "test_webhook" => ("POST", format!("{one}/test"), json!({})),
        "redeliver_webhook" => {
            let delivery = made(app, &format!("{one}/test"), json!({})).await;
            ("POST", format!("{one}/deliveries/{delivery}/redeliver"), json!({}))
        }
        other => panic!("teach this test a good request for {other}"),
    }
}

async fn of_sandboxes(ground: &Ground, action: &str) -> Parts {
    let app = &ground.app;
    match action {
        "create_sandbox" => {
            let project = json!({ "id": app.app("shop").await, "user_id": "u" });
            return ("POST", "/v1/sandboxes".to_owned(), json!({ "project": project }));
        }
        "create_app_sandbox" => {
            let shop = app.app("shop").await;
            return ("POST", format!("/v1/apps/{shop}/sandbox"), json!({}));
        }
        "start_sandbox" => {
            let (_, stopped) = app.stopped().await;
            return ("POST", format!("/v1/sandboxes/{stopped}/start"), json!({}));
        }
        _ => {}
    }
    let one = format!("/v1/sandboxes/{}", app.running().await.1);
    match action {
        "stop_sandbox" => ("POST", format!("{one}/stop"), json!({})),
        "update_sandbox" => ("PATCH", one, json!({ "visibility": "private" })),
        "delete_sandbox" => ("DELETE", one, json!({})),
        "create_preview_token" => ("POST", format!("{one}/preview-token"), json!({})),
        "revoke_preview_token" => {
            let link = made(app, &format!("{one}/preview-token"), json!({})).await;
            ("DELETE", format!("{one}/preview-tokens/{link}"), json!({}))
        }
        "write_file" => ("PUT", format!("{one}/files/content?path=x"), json!({})),
        "delete_files" => ("DELETE", format!("{one}/files?path=x"), json!({})),
        "exec_command" => ("POST", format!("{one}/exec"), json!({ "cmd": "true" })),
        "open_terminal" => ("GET", format!("{one}/terminal"), json!({})),
        other => panic!("teach this test a good request for {other}"),
    }
}

#[tokio::test]
async fn no_route_changes_anything_without_an_entry() {
    let mut ground = Ground::new().await;
    let programs = end_programs(&mut ground);
    let walked: Vec<_> = routes().iter().filter(|route| changes_something(route)).collect();
    assert!(walked.len() >= 34, "{}", walked.len());
    for route in walked {
        let (app, action) = (&ground.app, &*route.action);
        let ask = good(&ground, action).await;
        if !NO_TRANSACTIONS.contains(&action) {
            break_log(app, true).await;
            let before = app.fingerprint().await;
            let refused = ask.clone().open().await;
            assert_eq!(
                refused.status(),
                500,
                "{action} doesn't commit its entry with what it does"
            );
            assert_eq!(app.fingerprint().await, before, "{action}");
            break_log(app, false).await;
        }
        let before = entries(app, action).await;
        let done = ask.open().await.status();
        assert!(done.as_u16() < 300, "{action}: {done}");
        let written = async { while entries(app, action).await == before {} };
        crate::support::in_time(action, written).await;
        assert_eq!(entries(app, action).await, before + 1, "{action}");
    }
    programs.abort();
}

#[tokio::test]
async fn a_terminal_that_is_refused_is_told_and_downloads_are_not() {
    let ground = Ground::new().await;
    let app = &ground.app;
    app.get("/v1/sandboxes/nothing/terminal").await.expect(404);
    app.get(&format!("{}/export", ground.sandbox)).await.expect(200);
    app.get(&format!("{}/files/content?path=x", ground.sandbox)).await.expect(200);
    let ask = app.ask("GET", "/v1/audit?action=open_terminal");
    let told = until(&ask, |reply| reply.json["audit"][0].is_object()).await;
    assert_eq!(told.json["audit"][0]["status"], 404);
    for read in ["export_files", "read_file"] {
        let none = app.get(&format!("/v1/audit?action={read}")).await;
        assert_eq!(none.json, json!({ "audit": [] }));
    }
}
