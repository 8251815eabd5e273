//! What nobody uses sleeps, what crashes or lacks memory is told of, what is always on comes back, and
//! webhooks hear of all of it: on a real engine.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use sandboxd_shared::webhooks::WebhookSecret;
use sandboxd_tests::{Stack, StackOptions};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

async fn stack(env: &[(&str, &str)]) -> Stack {
    let env = env.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Stack::start_with(StackOptions { env, ..StackOptions::default() }).await.unwrap()
}

/// The ids of a new app and of its running sandbox.
async fn running(stack: &Stack) -> (String, String) {
    running_with(stack, &json!({ "template": "static" })).await
}

async fn running_with(stack: &Stack, body: &Value) -> (String, String) {
    let app = stack.client.post("/v1/apps", &json!({ "name": "shop" })).await.unwrap();
    let app = text(&app.json(), "id");
    let made = stack.client.run(Method::POST, &format!("/v1/apps/{app}/sandbox"), Some(body)).await;
    (app, text(&made.unwrap(), "sandbox_id"))
}

async fn sandbox(stack: &Stack, id: &str) -> Value {
    stack.client.get(&format!("/v1/sandboxes/{id}")).await.unwrap().json()
}

async fn until_status(stack: &Stack, id: &str, status: &str) -> Value {
    let what = format!("the sandbox is {status}");
    let waited = stack
        .until(&what, LIMIT, async |stack| Ok(sandbox(stack, id).await["status"] == status))
        .await;
    waited.unwrap_or_else(|error| panic!("{error}\n{}", stack.logs()));
    sandbox(stack, id).await
}

/// Types and reasons of the app's lifecycle events.
async fn told(stack: &Stack, app: &str) -> Vec<(String, Value)> {
    let events = stack.client.events(&format!("/v1/apps/{app}/events?type=sandbox.*")).await;
    let events = events.unwrap().into_iter();
    events.map(|event| (text(&event, "type"), event["payload"]["reason"].clone())).collect()
}

async fn visit(stack: &Stack, sandbox: &str) {
    let url = stack.preview_url(sandbox).await.unwrap();
    let answer = stack.client.preview(&url).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK, "{}\n{}", answer.text(), stack.logs());
}

fn kill(stack: &Stack, sandbox: &str) {
    let said = stack.docker.run(&["kill", &format!("s-{}", sandbox.to_lowercase())]);
    assert!(said.starts_with("s-"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_uses_sleeps_and_wakes_at_a_visit() {
    let stack = stack(&[("SANDBOXD_IDLE_AFTER", "3s")]).await;
    let (app, id) = running(&stack).await;
    // Visits keep it awake for longer than it would be otherwise.
    let mut pace = tokio::time::interval(Duration::from_secs(2));
    for _ in 0..7 {
        pace.tick().await;
        visit(&stack, &id).await;
    }
    assert_eq!(sandbox(&stack, &id).await["status"], "running");
    let slept = until_status(&stack, &id, "stopped").await;
    assert_eq!(slept["status_reason"], "idle");
    visit(&stack, &id).await;
    assert_eq!(sandbox(&stack, &id).await["status"], "running");
    let told = told(&stack, &app).await;
    let event = |kind: &str, reason: &str| (kind.to_owned(), json!(reason));
    assert_eq!(
        told[2..],
        [
            event("sandbox.stop.started", "idle"),
            event("sandbox.stopped", "idle"),
            event("sandbox.start.started", "wake"),
            event("sandbox.started", "wake"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_is_told_of_and_what_is_always_on_comes_back() {
    let stack = stack(&[]).await;
    let (app, id) = running(&stack).await;
    let killed = std::time::Instant::now();
    kill(&stack, &id);
    let crashed = until_status(&stack, &id, "stopped").await;
    assert!(killed.elapsed() < Duration::from_secs(10), "it isn't left to the next round of looks");
    assert_eq!(crashed["status_reason"], "crashed");
    visit(&stack, &id).await;
    let events = stack.client.events(&format!("/v1/apps/{app}/events?type=sandbox.*")).await;
    let recovered = events.unwrap().pop().unwrap();
    assert_eq!(recovered["type"], "sandbox.recovered");
    assert_eq!(recovered["payload"], json!({ "exit_code": 137, "oom": false }));

    let path = format!("/v1/sandboxes/{id}");
    let body = json!({ "idle_policy": "always_on" });
    let changed = stack.client.request(Method::PATCH, &path, &[], Some(&body)).await.unwrap();
    assert_eq!(changed.status, StatusCode::OK);
    kill(&stack, &id);
    let back = ("sandbox.started".to_owned(), json!("always_on"));
    stack
        .until("it is back by itself", LIMIT, async |stack| {
            Ok(told(stack, &app).await.contains(&back))
        })
        .await
        .unwrap_or_else(|error| panic!("{error}\n{}", stack.logs()));
    visit(&stack, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_takes_too_much_memory_is_told_of_and_the_sandbox_goes_on() {
    let stack = stack(&[]).await;
    let body = json!({ "template": "static", "limits": { "memory": "128m" } });
    let (app, id) = running_with(&stack, &body).await;
    let exec = format!("/v1/sandboxes/{id}/exec");
    let hog = json!({ "cmd": ["tail", "/dev/zero"] });
    let about_memory = format!("/v1/apps/{app}/events?type=sandbox.out_of_memory");
    // The engine can miss one.
    stack
        .until("it is told", LIMIT, async |stack| {
            let killed = stack.client.post(&exec, &hog).await?;
            anyhow::ensure!(killed.status == StatusCode::OK, "{}", killed.text());
            anyhow::ensure!(killed.json()["exit_code"] != 0, "{}", killed.text());
            Ok(!stack.client.events(&about_memory).await?.is_empty())
        })
        .await
        .unwrap_or_else(|error| panic!("{error}\n{}", stack.logs()));
    stack.client.post(&exec, &hog).await.unwrap();
    visit(&stack, &id).await;
    let told = stack.client.events(&about_memory).await.unwrap();
    assert_eq!(told.len(), 1, "at most one a minute: {told:#?}");
    assert_eq!(told[0]["severity"], "warning");
    assert_eq!(told[0]["payload"], json!({ "limit_bytes": 128 << 20 }));
    assert!(text(&told[0], "message").contains("raise its memory limit"), "{}", told[0]);
    assert_eq!(sandbox(&stack, &id).await["status"], "running");
    let ends = stack.client.events(&format!("/v1/apps/{app}/events?type=sandbox.crashed")).await;
    assert_eq!(ends.unwrap(), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_pressure_stops_what_is_idle() {
    // No host has so much.
    let stack = stack(&[("SANDBOXD_MEMORY_PRESSURE", "9000t"), ("SANDBOXD_IDLE_AFTER", "0")]).await;
    let (app, id) = running(&stack).await;
    let stopped = until_status(&stack, &id, "stopped").await;
    assert_eq!(stopped["status_reason"], "memory_pressure");
    let last = told(&stack, &app).await.pop().unwrap();
    assert_eq!(last, ("sandbox.stopped".to_owned(), json!("memory_pressure")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_grows_too_large_stops_its_sandbox_until_it_is_smaller() {
    let stack = stack(&[]).await;
    let body = json!({ "template": "static", "limits": { "disk": "24m" } });
    let (app, id) = running_with(&stack, &body).await;
    let fill = json!({ "cmd": "head -c 40m /dev/zero > large" });
    let filled = stack.client.post(&format!("/v1/sandboxes/{id}/exec"), &fill).await.unwrap();
    assert_eq!(filled.json()["exit_code"], 0, "{}", filled.text());
    let stopped = until_status(&stack, &id, "stopped").await;
    assert_eq!(stopped["status_reason"], "disk_limit");
    let last = told(&stack, &app).await.pop().unwrap();
    assert_eq!(last, ("sandbox.stopped".to_owned(), json!("disk_limit")));

    let start = format!("/v1/sandboxes/{id}/start");
    let wait = [("prefer", "wait=30")];
    let refused = stack.client.request(Method::POST, &start, &wait, None).await.unwrap();
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert!(refused.text().contains("delete files"), "{}", refused.text());
    let file = format!("/v1/sandboxes/{id}/files?path=large");
    let deleted = stack.client.request(Method::DELETE, &file, &[], None).await.unwrap();
    assert!(deleted.status.is_success(), "{}", deleted.text());
    stack.client.run(Method::POST, &start, None).await.unwrap();
    visit(&stack, &id).await;
}

type Got = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// A receiver that takes everything, and its URL.
async fn receiver() -> (Got, String) {
    let got = Got::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let shared = Arc::clone(&got);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let got = Arc::clone(&shared);
            let take = service_fn(move |request: Request<Incoming>| {
                let got = Arc::clone(&got);
                async move {
                    let (head, body) = request.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    let body = String::from_utf8_lossy(&body).into_owned();
                    got.lock().unwrap().push((head.headers, body));
                    Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), take));
        }
    });
    (got, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_hear_of_everything_though_workers_are_killed() {
    let mut stack = stack(&[("SANDBOXD_WEBHOOK_ALLOW_PRIVATE", "true")]).await;
    let (got, url) = receiver().await;
    let made = stack.client.post("/v1/webhooks", &json!({ "url": url })).await.unwrap();
    let secret = WebhookSecret::parse(&text(&made.json(), "secret")).unwrap();
    let (app, _) = running(&stack).await;
    for worker in &mut stack.workers {
        worker.kill().unwrap();
    }
    let path = format!("/v1/apps/{app}");
    let body = json!({ "tags": ["while nobody works"] });
    stack.client.request(Method::PATCH, &path, &[], Some(&body)).await.unwrap();
    stack.start_worker(&[]).unwrap();
    let told = stack.client.events("/v1/events").await.unwrap();
    let told: Vec<String> = told.iter().map(|event| text(event, "id")).collect();
    stack
        .until("all was sent", LIMIT, async |_| {
            let got = got.lock().unwrap();
            Ok(told.iter().all(|id| got.iter().any(|(headers, _)| headers["webhook-id"] == **id)))
        })
        .await
        .unwrap_or_else(|error| panic!("{error}\n{}", stack.logs()));
    for (headers, body) in got.lock().unwrap().iter() {
        let header = |name: &str| headers[name].to_str().unwrap();
        let seconds = header("webhook-timestamp").parse().unwrap();
        let signature = secret.sign(header("webhook-id"), seconds, body);
        assert_eq!(header("webhook-signature"), signature);
    }
}
