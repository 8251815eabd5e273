//! Another tenant's things are as unknown as things that never were, on every route.

use sandboxd_api::server::routes;
use sandboxd_shared::domain::Quota;
use serde_json::{Value, json};

use crate::routes::filled;
use crate::support::{Ask, BOB, Reply, Sse, TestApp, id};

/// A key of config that alice has.
const KEY: &str = "TAKEN";
const UNKNOWN: &str = "01JD4X8QK3M5N7P9R1S3T5V7W9";
const HOOK: &str = "https://hooks.example.com/x";

/// The answer without what differs between any two requests.
fn comparable(reply: &Reply) -> (u16, Value, Vec<String>) {
    let mut body = reply.json.clone();
    if let Some(error) = body.get_mut("error") {
        error["request_id"] = Value::Null;
    }
    let headers = reply
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    (reply.status, body, headers)
}

/// A body that is right for a route but for the ids; `{}` is one.
fn body(action: &str) -> Value {
    match action {
        "update_app" | "rename_snapshot" => json!({ "name": "mine" }),
        "update_sandbox" => json!({ "visibility": "public" }),
        "restore_app" | "fork_app" => json!({ "snapshot_id": UNKNOWN }),
        "create_config" => json!({ "key": "A", "value": "b" }),
        "update_config" => json!({ "value": "b" }),
        "exec_command" => json!({ "cmd": "id" }),
        "run_task" => json!({ "prompt": "x" }),
        "explore_app" => json!({ "prompt": "x", "count": 2 }),
        "adopt_app" => json!({ "from_app_id": UNKNOWN }),
        _ => json!({}),
    }
}

/// The query that a route can't do without.
fn query(action: &str) -> &'static str {
    match action {
        "delete_files" | "read_file" | "write_file" | "read_snapshot_file" => "?path=x",
        "diff_snapshots" => "?against=01JD4X8QK3M5N7P9R1S3T5V7W8",
        _ => "",
    }
}

/// Alice's things, and one of bob's.
struct Things {
    shop: String,
    sandbox: String,
    snapshot: String,
    operation: String,
    task: String,
    link: String,
    webhook: String,
    delivery: String,
    bobs: String,
    bobs_snapshot: String,
}

impl Things {
    async fn of(app: &TestApp) -> Self {
        let (shop, sandbox, snapshot) = app.captured().await;
        let start = app.post(&format!("/v1/sandboxes/{sandbox}/start"), json!({})).await;
        let (_, task) = app.task(&sandbox).await;
        let entry = json!({ "key": KEY, "value": "alice's" });
        app.post(&format!("/v1/apps/{shop}/config"), entry).await.expect(201);
        let link = app.post(&format!("/v1/sandboxes/{sandbox}/preview-token"), json!({})).await;
        let link = id(&link.expect(201).json, "id");
        let hook = app.post("/v1/webhooks", json!({ "url": HOOK })).await;
        let webhook = id(&hook.expect(201).json, "id");
        let test = app.post(&format!("/v1/webhooks/{webhook}/test"), json!({})).await;
        let delivery = id(&test.expect(201).json, "id");
        let bobs = app.ask("POST", "/v1/apps").token(BOB).json(&json!({ "name": "bob's" }));
        let bobs = id(&bobs.send().await.json, "id");
        let bobs_snapshot = app.captured().await.2;
        let mut tx = app.store.write().await.unwrap();
        sqlx::query("UPDATE snapshots SET owner = 'bob' WHERE id = $1")
            .bind(&bobs_snapshot)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Self {
            shop,
            sandbox,
            snapshot,
            operation: id(&start.json, "id"),
            task,
            link,
            webhook,
            delivery,
            bobs,
            bobs_snapshot,
        }
    }

    /// The one whose id comes after `folder` in a path.
    fn of_folder(&self, folder: &str) -> &str {
        match folder {
            "apps" => &self.shop,
            "sandboxes" => &self.sandbox,
            "snapshots" => &self.snapshot,
            "operations" => &self.operation,
            "tasks" => &self.task,
            "preview-tokens" => &self.link,
            "webhooks" => &self.webhook,
            "deliveries" => &self.delivery,
            "config" => KEY,
            other => panic!("teach this test to make a thing of alice's for /{other}/{{…}}"),
        }
    }

    /// Requests of bob's with an id of alice's, and the same with an unknown one.
    fn asks(&self, app: &TestApp) -> Vec<(String, [Ask; 2])> {
        let mut asks = Vec::new();
        for route in routes().iter().filter(|route| route.path.contains('{')) {
            let foreign = filled(&route.path, |folder| self.of_folder(folder).to_owned());
            let unknown = filled(&route.path, |folder| match folder {
                // No id: it may well be known.
                "config" => KEY.to_owned(),
                _ => UNKNOWN.to_owned(),
            });
            let ask = |path: &str| {
                let path = format!("{path}{}", query(&route.action));
                let ask = app.ask(route.method, &path).token(BOB);
                if route.method == "GET" { ask } else { ask.json(&body(&route.action)) }
            };
            asks.push((route.action.clone(), [ask(&foreign), ask(&unknown)]));
            if route.method != "GET" {
                continue;
            }
            // Streams and sockets are refused like pages.
            for headers in [
                &[("accept", "text/event-stream")][..],
                &[
                    ("connection", "upgrade"),
                    ("upgrade", "websocket"),
                    ("sec-websocket-version", "13"),
                    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
                ],
            ] {
                let with = |ask: Ask| headers.iter().fold(ask, |ask, (n, v)| ask.header(n, v));
                let what = format!("{} with {}", route.action, headers[0].1);
                asks.push((what, [with(ask(&foreign)), with(ask(&unknown))]));
            }
        }
        asks.extend(self.in_bodies_and_queries(app));
        asks
    }

    /// Ids that aren't in the path.
    fn in_bodies_and_queries(&self, app: &TestApp) -> Vec<(String, [Ask; 2])> {
        let project = json!({ "id": "p", "user_id": "u" });
        let cases = [
            (format!("/v1/apps/{}/restore", self.bobs), &self.snapshot, "snapshot_id", json!({})),
            (format!("/v1/apps/{}/fork", self.bobs), &self.snapshot, "snapshot_id", json!({})),
            (format!("/v1/apps/{}/adopt", self.bobs), &self.shop, "from_app_id", json!({})),
            (
                format!("/v1/apps/{}/explore", self.bobs),
                &self.snapshot,
                "snapshot_id",
                json!({ "prompt": "x", "count": 2 }),
            ),
            (
                "/v1/snapshots".to_owned(),
                &self.sandbox,
                "source_sandbox_id",
                json!({ "name": "x" }),
            ),
            (
                "/v1/sandboxes".to_owned(),
                &self.snapshot,
                "from_snapshot",
                json!({ "project": project }),
            ),
            ("/v1/webhooks".to_owned(), &self.shop, "app_id", json!({ "url": HOOK })),
        ];
        let mut asks: Vec<(String, [Ask; 2])> = cases
            .into_iter()
            .map(|(path, foreign, field, body)| {
                let ask = |id: &str| {
                    let mut body = body.clone();
                    body[field] = json!(id);
                    app.ask("POST", &path).token(BOB).json(&body)
                };
                (format!("{path} {field}"), [ask(foreign), ask(UNKNOWN)])
            })
            .collect();
        let wait = |id: &str| app.ask("GET", &format!("/v1/operations/{id}?wait=30s")).token(BOB);
        for (field, foreign) in [("app_id", &self.shop), ("sandbox_id", &self.sandbox)] {
            let ask = |id: &str| app.ask("GET", &format!("/v1/agents?{field}={id}")).token(BOB);
            asks.push((format!("agents {field}"), [ask(foreign), ask(UNKNOWN)]));
        }
        asks.push(("wait".to_owned(), [wait(&self.operation), wait(UNKNOWN)]));
        let own = &self.bobs_snapshot;
        let against =
            |id: &str| app.ask("GET", &format!("/v1/snapshots/{own}/diff?against={id}")).token(BOB);
        asks.push(("against".to_owned(), [against(&self.snapshot), against(UNKNOWN)]));
        asks
    }
}

#[tokio::test]
async fn a_foreign_id_answers_as_an_unknown_one_on_every_route() {
    let app = TestApp::new().await;
    let things = Things::of(&app).await;
    let asks = things.asks(&app);
    assert!(asks.len() > 20, "{}", asks.len());
    let before = app.fingerprint().await;
    for (what, [foreign, unknown]) in asks {
        let (foreign, unknown) = (foreign.send().await, unknown.send().await);
        foreign.expect_error(404, "not_found");
        assert_eq!(comparable(&foreign), comparable(&unknown), "{what}");
    }
    assert_eq!(app.fingerprint().await, before);
}

/// Loose, as other work of the host is measured too: the medians of many, taken in turns.
#[tokio::test]
async fn a_foreign_id_takes_no_other_time_than_an_unknown_one() {
    const ROUNDS: usize = 150;
    let app = TestApp::new().await;
    let things = Things::of(&app).await;
    for path in ["/v1/apps/", "/v1/sandboxes/", "/v1/snapshots/", "/v1/operations/"] {
        let foreign = things.of_folder(path.trim_end_matches('/').rsplit('/').next().unwrap());
        let mut times = [Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS)];
        for _ in 0..ROUNDS {
            for (times, id) in times.iter_mut().zip([foreign, UNKNOWN]) {
                let ask = app.ask("GET", &format!("{path}{id}")).token(BOB);
                let begun = std::time::Instant::now();
                ask.send().await.expect(404);
                times.push(begun.elapsed());
            }
        }
        let [foreign, unknown] = times.map(|mut times| {
            times.sort_unstable();
            times[ROUNDS / 2].as_secs_f64()
        });
        let ratio = foreign / unknown;
        assert!((0.5..2.0).contains(&ratio), "{path}: {foreign} s and {unknown} s");
    }
}

#[tokio::test]
async fn lists_and_streams_hold_ones_own_only() {
    let app = TestApp::new().await;
    let (shop, sandbox, _) = app.captured().await;
    app.post("/v1/webhooks", json!({ "url": HOOK })).await.expect(201);
    for list in ["apps", "sandboxes", "snapshots", "operations", "webhooks", "events", "audit"] {
        let own = app.get(&format!("/v1/{list}")).await;
        assert!(!own.json[list].as_array().unwrap().is_empty(), "{list}");
        let bobs = app.ask("GET", &format!("/v1/{list}")).token(BOB).send().await;
        assert_eq!(bobs.expect(200).json, json!({ list: [] }));
    }
    for query in [format!("app_id={shop}"), format!("sandbox_id={sandbox}")] {
        let bobs = app.ask("GET", &format!("/v1/operations?{query}")).token(BOB).send().await;
        assert_eq!(bobs.expect(200).json, json!({ "operations": [] }));
    }
}

#[tokio::test]
async fn quotas_tell_of_ones_own_only() {
    let app = TestApp::new().await;
    let quotas =
        async || app.ask("GET", "/v1/quotas").token(BOB).send().await.expect(200).json.clone();
    let before = quotas().await;
    app.running().await;
    app.captured().await;
    app.limit("alice", &[(Quota::Running, 3)]).await;
    assert_ne!(app.get("/v1/quotas").await.json, before);
    assert_eq!(quotas().await, before);
}

#[tokio::test]
async fn a_live_stream_tells_of_ones_own_only() {
    let app = TestApp::new().await;
    let mut alices = Sse::open(&app, "/v1/events").await;
    let mut bobs = Sse::of(app.ask("GET", "/v1/events").token(BOB)).await;
    for number in 0..5 {
        let body = json!({ "name": format!("app {number}") });
        let bobs_app = app.ask("POST", "/v1/apps").token(BOB).json(&body).send().await;
        let alices_app = app.app("shop").await;
        assert_eq!(alices.next().await.unwrap().data["app_id"], alices_app.as_str());
        assert_eq!(bobs.next().await.unwrap().data["app_id"], bobs_app.json["id"]);
    }
}
