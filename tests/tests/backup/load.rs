//! What goes on while a backup is taken: everything, all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::{Method, StatusCode};
use sandboxd_tests::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::site::text;

const LIMIT: Duration = Duration::from_secs(60);

/// Users at work; they stop when told to, or when nobody answers any more.
#[derive(Debug)]
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    users: JoinSet<usize>,
}

impl Load {
    /// Each user works on an app of its own.
    pub(crate) fn begin(client: &Client, apps: &[(String, String)]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut users = JoinSet::new();
        for (index, (app, sandbox)) in apps.iter().cloned().enumerate() {
            let (client, stop) = (client.clone(), Arc::clone(&stop));
            users.spawn(async move {
                let (mut round, mut done) = (index, 0);
                while !stop.load(Ordering::SeqCst) {
                    done += usize::from(act(&client, &app, &sandbox, round).await.is_ok());
                    round += 1;
                }
                done
            });
        }
        Self { stop, users }
    }

    /// How many things were done; those under way are let alone.
    pub(crate) async fn end(self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        self.users.join_all().await.into_iter().sum()
    }
}

/// One thing that a user does.
async fn act(client: &Client, app: &str, sandbox: &str, round: usize) -> anyhow::Result<()> {
    let (path, body) = match round % 5 {
        0 => {
            let body = json!({ "source_sandbox_id": sandbox, "name": "load", "live": true });
            ("/v1/snapshots".to_owned(), Some(body))
        }
        1 => (format!("/v1/sandboxes/{sandbox}/stop"), None),
        2 => (format!("/v1/sandboxes/{sandbox}/start"), None),
        3 => {
            let line = format!("echo {round} > loaded-{round}; rm -f loaded-{}", round - 3);
            let body = json!({
                "prompt": "work", "agent": "command", "command": ["sh", "-c", line],
                "checkpoint": true,
            });
            (format!("/v1/sandboxes/{sandbox}/tasks"), Some(body))
        }
        _ => return fork(client, app, sandbox).await,
    };
    let answer = client.request(Method::POST, &path, &[], body.as_ref()).await?;
    anyhow::ensure!(answer.status == StatusCode::ACCEPTED, "{}", answer.text());
    ended(client, &answer.json()).await
}

async fn ended(client: &Client, accepted: &Value) -> anyhow::Result<()> {
    let operation = match accepted["operation_id"].as_str() {
        Some(id) => json!({ "id": id }),
        None => accepted.clone(),
    };
    client.ended(&operation, LIMIT).await.map(|_| ())
}

/// Forks the newest snapshot and deletes the child again, so that layers come and go.
async fn fork(client: &Client, app: &str, sandbox: &str) -> anyhow::Result<()> {
    let found = client.get(&format!("/v1/sandboxes/{sandbox}")).await?.json();
    let Some(snapshot) = found["base_snapshot_id"].as_str() else { return Ok(()) };
    let body = json!({ "snapshot_id": snapshot });
    let path = format!("/v1/apps/{app}/fork");
    let forked = client.run(Method::POST, &path, Some(&body)).await?;
    let child = text(&forked["result"]["app"], "id");
    client.run(Method::DELETE, &format!("/v1/apps/{child}?snapshots=delete"), None).await?;
    Ok(())
}
