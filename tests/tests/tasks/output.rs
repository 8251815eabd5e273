//! Agents that print what they like: all of it is bounded, the stream ends with its last piece, and
//! what is secret stays where it was said.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use crate::site::{Site, text};

/// What a task's output may take in rows, with what surrounds it: twice the bound on its text.
const STORED_MAX: usize = 20 << 20;

fn worker_memory_kib(site: &Site) -> u64 {
    let of = |pid: u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0)
    };
    site.stack.workers.iter().map(|worker| of(worker.pid())).max().unwrap()
}

async fn bounded(site: &Site, line: &str) -> (Value, Vec<Value>) {
    let app = site.app().await;
    let task = site.ask_sh(&app, line).await;
    let ended = site.ended(&task).await;
    assert_eq!(ended["status"], "succeeded", "{line}: {ended:#}");
    let said = site.output(&task).await;
    assert_eq!(said.last().unwrap()["type"], "done", "{line}");
    let size: usize = said.iter().map(|piece| piece.to_string().len()).sum();
    assert!(size < STORED_MAX, "{line}: {size} bytes are kept");
    let run = format!("{}/run/s/{}", site.stack.data.display(), app.sandbox.to_lowercase());
    let disk = std::process::Command::new("du").args(["-sk", &run]).output().unwrap();
    let kib: u64 =
        String::from_utf8_lossy(&disk.stdout).split_whitespace().next().unwrap().parse().unwrap();
    assert!(kib < 20 << 10, "{line}: {kib} KiB in the run directory");
    let path = format!("/v1/apps/{}?snapshots=delete", app.app);
    site.stack.client.run(Method::DELETE, &path, None).await.unwrap();
    (ended, said)
}

#[tokio::test(flavor = "multi_thread")]
async fn any_amount_of_output_is_bounded_and_its_end_is_kept() {
    let site = Site::new().await;
    let all = |said: &[Value]| -> String {
        said.iter().filter_map(|piece| piece["data"]["text"].as_str()).collect()
    };
    let (_, said) =
        bounded(&site, "head -c 1000000000 /dev/zero | tr '\\0' 'x' | fold -w 1000; echo the end")
            .await;
    let printed = all(&said);
    assert!(printed.contains("left out"), "a gigabyte has a mark where it was cut");
    let (_, said) = bounded(&site, "head -c 50000000 /dev/zero | tr '\\0' 'x'; echo the end").await;
    assert!(all(&said).contains("left out"), "one long line, too");
    let (_, said) = bounded(&site, "yes | head -n 1000000; echo the end").await;
    let printed = all(&said);
    assert!(
        printed.ends_with("y\nthe end\n"),
        "{:?}",
        &printed[printed.len().saturating_sub(80)..]
    );
    assert_eq!(
        printed.lines().count(),
        1_000_001,
        "a million tiny lines are few bytes: all are kept"
    );
    assert!(said.len() < 1000, "{} pieces", said.len());
    let (_, said) = bounded(&site, "head -c 100000 /dev/urandom; printf '\\nthe end\\n'").await;
    assert!(all(&said).ends_with("the end\n"));
    let memory = worker_memory_kib(&site);
    assert!(memory < 200 << 10, "a worker took {memory} KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_an_agent_prints_is_in_its_output_only() {
    const SECRET: &str = "sk-do-not-tell-0123456789";
    let site = Site::new().await;
    let app = site.app().await;
    let path = format!("/v1/apps/{}/config", app.app);
    let entry = json!({ "key": "API_KEY", "value": SECRET, "sensitive": true, "access_policy": "agent_access" });
    let made = site.stack.client.post(&path, &entry).await.unwrap();
    assert!(made.status.is_success(), "{}", made.text());
    let task = site.ask_sh(&app, "echo $API_KEY; echo oh no: $API_KEY >&2; exit 1").await;
    let ended = site.ended(&task).await;
    assert!(site.printed(&task).await.contains(SECRET), "it is the user's own output");
    assert!(text(&ended, "error_message").contains("exit code 1"), "{ended:#}");
    let operation = format!("/v1/operations/{}", text(&task, "id"));
    for path in ["/v1/events?limit=200", "/v1/snapshots", "/v1/audit?limit=200"] {
        let answer = site.stack.client.get(path).await.unwrap().text();
        assert!(!answer.contains(SECRET), "{path}");
    }
    let shown = site.stack.client.get(&operation).await.unwrap().json();
    assert!(!shown["error"].to_string().contains(SECRET), "{shown:#}");
    assert!(!site.stack.logs().contains(SECRET), "it is in a log");
    let inspected =
        site.stack.docker.run(&["inspect", &format!("s-{}", app.sandbox.to_lowercase())]);
    assert!(!inspected.contains(SECRET), "it is in the container's settings");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_where_it_was_cut_and_outlives_the_sandbox() {
    let site = Site::new().await;
    let app = site.app().await;
    let task = site.ask_sh(&app, "for n in $(seq 20); do echo $n; sleep 0.05; done").await;
    let path = format!("/v1/sandboxes/{}/tasks/{}/events", app.sandbox, text(&task, "task_id"));
    // A piece of it live, and the rest from where that ended.
    let mut heard = Vec::new();
    let mut last = 0;
    loop {
        let after = last.to_string();
        let headers = [("accept", "text/event-stream"), ("last-event-id", after.as_str())];
        let answer =
            site.stack.client.open(Method::GET, &path, &headers, &Value::Null).await.unwrap();
        if answer.status() == hyper::StatusCode::NO_CONTENT {
            break;
        }
        let mut body = answer.into_body();
        let mut bytes = Vec::new();
        let cut = tokio::time::sleep(Duration::from_millis(300));
        tokio::pin!(cut);
        loop {
            tokio::select! {
                frame = http_body_util::BodyExt::frame(&mut body) => match frame {
                    Some(Ok(frame)) => bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
                    _ => break,
                },
                () = &mut cut => break,
            }
        }
        let text = String::from_utf8(bytes).unwrap();
        let whole = text.rfind("\n\n").map_or("", |end| &text[..end]);
        for event in whole.split("\n\n") {
            let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) else {
                continue;
            };
            let piece: Value = serde_json::from_str(data).unwrap();
            assert_eq!(piece["seq"], last + 1, "{event}");
            last += 1;
            heard.push(piece);
        }
    }
    assert_eq!(heard.last().unwrap()["type"], "done");
    assert_eq!(heard, site.output(&task).await);
    let gone = format!("/v1/apps/{}", app.app);
    site.stack.client.run(Method::DELETE, &gone, None).await.unwrap();
    assert_eq!(heard, site.output(&task).await, "it outlives the sandbox");
    assert_eq!(site.task(&task).await["status"], "succeeded");
}
