//! Config from the API to dev servers, on a real engine; and that what is secret is nowhere else.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::{Method, StatusCode};
use sandboxd_tests::Stack;
use serde_json::{Value, json};

/// How long a change may take to reach a dev server, which is stopped and started for it.
const LIMIT: Duration = Duration::from_secs(20);
/// Begins every secret of these tests.
const MARK: &str = "hunter2";
/// Answers with its own environment, and writes it nowhere.
const SHOW: &str = r#"
import http.server, json, os
class Show(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(dict(os.environ)).encode())
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Show).serve_forever()
"#;

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

/// An app with config of every kind.
async fn app_with_config(stack: &Stack) -> String {
    let app = stack.client.post("/v1/apps", &json!({ "name": "Shop" })).await.unwrap();
    let app = text(&app.json(), "id");
    for (key, sensitive, policy) in [
        ("PLAIN", false, "runtime_access"),
        ("SECRET", true, "runtime_access"),
        ("with.dot-and-dash", true, "both"),
        ("AGENTS", true, "agent_access"),
        ("CONTROL", true, "control_plane_only"),
    ] {
        let value = if sensitive { format!("{MARK} of {key}\n") } else { "plain".to_owned() };
        let body = json!({
            "key": key, "value": value, "sensitive": sensitive, "access_policy": policy,
        });
        let made = stack.client.post(&format!("/v1/apps/{app}/config"), &body).await.unwrap();
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    }
    app
}

/// A sandbox whose dev server shows its environment.
async fn sandbox_that_shows(stack: &Stack, app: &str) -> String {
    let path = format!("/v1/apps/{app}/sandbox");
    let body = json!({ "template": "blank" });
    let made = stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
    let sandbox = text(&made, "sandbox_id");
    stack.docker.sh(&sandbox, &format!("cat > show.py <<'END'\n{SHOW}\nEND"));
    stack
        .docker
        .sh(&sandbox, "echo work > note; echo 'command: [python3, show.py]' > sandbox.yaml");
    sandbox
}

/// The environment of the sandbox's dev server, once it has `key` as `value`.
async fn shown(stack: &Stack, sandbox: &str, key: &str, value: &str) -> Value {
    let url = stack.preview_url(sandbox).await.unwrap();
    let mut found = Value::Null;
    stack
        .until(&format!("the dev server has {key}"), LIMIT, async |stack| {
            found = stack.client.preview(&url).await?.json();
            Ok(found[key] == value)
        })
        .await
        .unwrap_or_else(|error| panic!("{error}: {found:#}\n{}", stack.logs()));
    found
}

async fn patch(stack: &Stack, app: &str, key: &str, body: &Value) {
    let path = format!("/v1/apps/{app}/config/{key}");
    let changed = stack.client.request(Method::PATCH, &path, &[], Some(body)).await.unwrap();
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
}

async fn act(stack: &Stack, sandbox: &str, what: &str) {
    let path = format!("/v1/sandboxes/{sandbox}/{what}");
    stack.client.run(Method::POST, &path, None).await.unwrap();
}

/// Which container the sandbox has, and since when it runs.
fn started(stack: &Stack, sandbox: &str) -> String {
    let name = format!("s-{}", sandbox.to_lowercase());
    stack.docker.run(&["inspect", "-f", "{{.Id}} {{.State.StartedAt}}", &name])
}

/// Nothing that anybody can look at holds a secret: answers, files, logs, the engine, processes.
async fn assert_hidden(stack: &Stack, app: &str) {
    for path in ["/v1/events", "/v1/operations", "/v1/sandboxes", "/v1/snapshots", "/v1/apps"] {
        let answer = stack.client.get(&format!("{path}?limit=200")).await.unwrap().text();
        assert!(!answer.contains(MARK), "{path}: {answer}");
    }
    let answer = stack.client.get(&format!("/v1/apps/{app}/config")).await.unwrap().text();
    assert!(!answer.contains(MARK) && answer.contains("SECRET"), "{answer}");
    assert_eq!(files_with(&stack.data, MARK), "", "database, logs, layers, run directories");
    // As text in the database a blob of it would look like this.
    let hex: String = MARK.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(files_with(&stack.data, &hex), "");
    assert!(files_with(&stack.data, "PLAIN").contains("sandboxd.db"), "the search finds things");
    for container in stack.docker.containers() {
        let inspected = stack.docker.run(&["inspect", &container]);
        assert!(!inspected.contains(MARK), "{inspected}");
        assert!(inspected.contains("SANDBOXD_AWAIT_ENVIRONMENT"), "{inspected}");
        let logs = stack.docker.run(&["logs", &container]);
        assert!(!logs.contains(MARK), "{logs}");
    }
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        assert!(!line.contains(MARK), "{line}");
    }
    for process in stack.api.iter().chain(&stack.gateway).chain(&stack.workers) {
        let environment = std::fs::read(format!("/proc/{}/environ", process.pid())).unwrap();
        assert!(!String::from_utf8_lossy(&environment).contains(MARK), "{}", process.name());
    }
}

/// The secrets of a webhook after a rotation: the one of before signs too.
async fn webhook_with_two_secrets(stack: &Stack) -> [String; 2] {
    let body = json!({ "url": "https://hooks.example.com/x", "events": ["webhook.disabled"] });
    let made = stack.client.post("/v1/webhooks", &body).await.unwrap();
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let path = format!("/v1/webhooks/{}/rotate-secret", text(&made.json(), "id"));
    let rotated = stack.client.post(&path, &json!({})).await.unwrap();
    [text(&made.json(), "secret"), text(&rotated.json(), "secret")]
}

/// No file has a webhook's secret: as text, as base64 or as the bytes that it stands for.
async fn webhooks_secrets_are_hidden(stack: &Stack, secrets: &[String]) {
    let listed = stack.client.get("/v1/webhooks").await.unwrap().text();
    for secret in secrets {
        let encoded = secret.strip_prefix("whsec_").unwrap();
        assert!(!listed.contains(encoded) && !stack.logs().contains(encoded));
        assert_eq!(files_with(&stack.data, encoded), "");
        let bytes = STANDARD.decode(encoded).unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(files_with(&stack.data, &hex), "");
        for file in ["sandboxd.db", "sandboxd.db-wal"] {
            let content = std::fs::read(stack.data.join(file)).unwrap_or_default();
            assert!(!content.windows(bytes.len()).any(|part| part == bytes), "{file}");
        }
    }
}

/// The files below a folder that hold a text, one a line.
fn files_with(folder: &Path, text: &str) -> String {
    let found = Command::new("grep")
        .args(["-rlaF", "--devices=skip", "-e", text])
        .arg(folder)
        .output()
        .unwrap();
    // A file that goes meanwhile is no failure of the search; 2 with another reason is.
    let complaints = String::from_utf8_lossy(&found.stderr).into_owned();
    let serious: Vec<&str> =
        complaints.lines().filter(|line| !line.contains("No such file")).collect();
    assert_eq!(serious, Vec::<&str>::new());
    String::from_utf8_lossy(&found.stdout).into_owned()
}

/// Requests that fail, and carry a secret all the same.
async fn bad_requests(stack: &Stack, app: &str) {
    let path = format!("/v1/apps/{app}/config");
    let secret = format!("{MARK} in a bad request");
    for body in [
        json!({ "key": "SECRET", "value": secret }),
        json!({ "key": "A", "value": [secret] }),
        json!({ "key": secret, "value": secret }),
        json!({ "key": "A", "value": secret, "sensitive": secret }),
        json!({ "key": "A", "value": secret, "access_policy": secret }),
        json!({ "key": "PATH", "value": secret, "access_policy": "both" }),
        json!([secret]),
        json!(secret),
    ] {
        let answer = stack.client.post(&path, &body).await.unwrap();
        assert!(answer.status.is_client_error(), "{}", answer.text());
        assert!(!answer.text().contains(MARK), "{}", answer.text());
    }
}

fn rotate_key(stack: &Stack) -> String {
    let out = Command::new(stack.settings.bins.join("sandboxd-api"))
        .args(["admin", "rotate-key"])
        .env("SANDBOXD_DATA_DIR", &stack.data)
        .output()
        .unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn dev_servers_have_their_config_and_nobody_else_has_it() {
    let mut stack = Stack::start().await.unwrap();
    let hooks = webhook_with_two_secrets(&stack).await;
    let app = app_with_config(&stack).await;
    let sandbox = sandbox_that_shows(&stack, &app).await;
    let found = shown(&stack, &sandbox, "SECRET", "hunter2 of SECRET\n").await;
    assert_eq!(found["PLAIN"], "plain");
    assert_eq!(found["with.dot-and-dash"], "hunter2 of with.dot-and-dash\n");
    assert_eq!((&found["AGENTS"], &found["CONTROL"]), (&Value::Null, &Value::Null));
    assert_eq!(found["HOME"], "/home/sandbox");

    // A change: the dev server is another one, container and workspace are the same.
    let container = started(&stack, &sandbox);
    patch(&stack, &app, "SECRET", &json!({ "value": "hunter2 changed" })).await;
    shown(&stack, &sandbox, "SECRET", "hunter2 changed").await;
    patch(&stack, &app, "AGENTS", &json!({ "access_policy": "both" })).await;
    shown(&stack, &sandbox, "AGENTS", "hunter2 of AGENTS\n").await;
    assert_eq!(started(&stack, &sandbox), container);
    assert_eq!(stack.docker.sh(&sandbox, "cat note"), "work");
    bad_requests(&stack, &app).await;
    assert_hidden(&stack, &app).await;

    // A change that no worker sees, by workers that were killed.
    for worker in &mut stack.workers {
        worker.kill().unwrap();
    }
    stack.workers.clear();
    patch(&stack, &app, "SECRET", &json!({ "value": "hunter2 meanwhile" })).await;
    stack.start_worker(&[]).unwrap();
    shown(&stack, &sandbox, "SECRET", "hunter2 meanwhile").await;

    // A snapshot holds none of it; a container that died and its next one have it again.
    let body = json!({ "source_sandbox_id": sandbox, "name": "kept", "live": true });
    let captured = stack.client.run(Method::POST, "/v1/snapshots", Some(&body)).await.unwrap();
    let _ = stack.docker.run(&["kill", &format!("s-{}", sandbox.to_lowercase())]);
    let path = format!("/v1/sandboxes/{sandbox}");
    stack
        .until("the death is seen", LIMIT, async |stack| {
            Ok(stack.client.get(&path).await?.json()["status"] == "stopped")
        })
        .await
        .unwrap_or_else(|error| panic!("{error}\n{}", stack.logs()));
    act(&stack, &sandbox, "start").await;
    shown(&stack, &sandbox, "SECRET", "hunter2 meanwhile").await;

    // Keys rotate under running processes; what they sealed is readable, and what they seal is.
    let old = std::fs::read(stack.data.join("secrets.key")).unwrap();
    let said = rotate_key(&stack);
    assert!(said.contains("7 values") && !said.contains(MARK), "{said}");
    let new = std::fs::read(stack.data.join("secrets.key")).unwrap();
    assert!(old != new && new.len() == old.len(), "one key, another one");
    patch(&stack, &app, "SECRET", &json!({ "value": "hunter2 rotated" })).await;
    shown(&stack, &sandbox, "SECRET", "hunter2 rotated").await;
    act(&stack, &sandbox, "stop").await;
    assert_hidden(&stack, &app).await;
    act(&stack, &sandbox, "start").await;
    let found = shown(&stack, &sandbox, "SECRET", "hunter2 rotated").await;
    assert_eq!(found["with.dot-and-dash"], "hunter2 of with.dot-and-dash\n");

    webhooks_secrets_are_hidden(&stack, &hooks).await;
    forks(&stack, &app, &text(&captured, "snapshot_id")).await;
    assert_hidden(&stack, &app).await;
}

async fn forks(stack: &Stack, app: &str, snapshot: &str) {
    for copy in [false, true] {
        let body = json!({ "snapshot_id": snapshot, "copy_config": copy });
        let path = format!("/v1/apps/{app}/fork");
        let forked = stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
        let child = text(&forked["result"]["sandbox"], "id");
        if copy {
            shown(stack, &child, "SECRET", "hunter2 rotated").await;
        } else {
            let found = shown(stack, &child, "HOME", "/home/sandbox").await;
            assert_eq!((&found["SECRET"], &found["PLAIN"]), (&Value::Null, &Value::Null));
        }
    }
}
