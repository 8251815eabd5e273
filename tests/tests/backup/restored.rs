//! What is true of an installation that was brought back.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use hyper::Method;
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::load::Load;
use crate::site::{SETTLED, Site, finished, layers, succeeded, text};

/// Operations that no worker has ended.
async fn unfinished(site: &Site) -> anyhow::Result<usize> {
    let mut count = 0;
    for status in ["queued", "running"] {
        let path = format!("/v1/operations?status={status}&limit=200");
        let found = site.stack.client.get(&path).await?.json();
        count += found["operations"].as_array().map_or(0, Vec::len);
    }
    Ok(count)
}

async fn sandboxes(site: &Site) -> anyhow::Result<Vec<Value>> {
    let found = site.stack.client.get("/v1/sandboxes?limit=200").await?.json();
    Ok(found["sandboxes"].as_array().cloned().unwrap_or_default())
}

/// Nothing is stuck: every operation ends, and no sandbox stays on its way.
async fn settles(site: &Site) {
    let settled = site.stack.until("it settles", SETTLED, async |_| {
        if unfinished(site).await? > 0 {
            return Ok(false);
        }
        let all = sandboxes(site).await?;
        let still = |row: &Value| {
            row["active_operation_id"].is_null()
                && ["running", "stopped", "error"].contains(&row["status"].as_str().unwrap_or(""))
        };
        Ok(all.iter().all(still))
    });
    settled.await.unwrap();
    // Where an operation has ended in between, the next look of the reconciler mends it.
    let in_order = site.stack.until("the doctor finds nothing", SETTLED, async |_| {
        Ok(complaints(site).await.is_empty())
    });
    if in_order.await.is_err() {
        panic!("{:#?}", complaints(site).await);
    }
}

/// What `admin doctor` finds broken of rows and bytes.
async fn complaints(site: &Site) -> Vec<Value> {
    let done = tokio::process::Command::new(site.stack.settings.bins.join("sandboxd-api"))
        .args(["admin", "--data-dir"])
        .arg(&site.stack.data)
        .args(["doctor", "--json"])
        .output()
        .await
        .unwrap();
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    let checks = ["schema", "database", "storage", "orphans", "sandboxes", "queues"];
    let is_bad = |found: &&Value| {
        found["severity"] == "error" && checks.iter().any(|check| found["check"] == *check)
    };
    said["findings"].as_array().unwrap().iter().filter(is_bad).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn taken_under_load_and_brought_back() {
    let mut site = Site::start().await;
    let mut busy = Vec::new();
    for name in ["one", "two"] {
        busy.push(site.app(name).await);
    }
    // Apps that nobody touches: all of their states are known.
    let (quiet_app, quiet) = site.app("quiet").await;
    site.write(&quiet, "note", "first");
    site.act(&quiet, "stop").await;
    let first = site.capture(&quiet, false).await;
    site.act(&quiet, "start").await;
    site.write(&quiet, "note", "second");
    let _ = site.stack.docker.sh(&quiet, "rm -r index.html; mkdir folder; mv style.css folder");
    let second = site.capture(&quiet, true).await;
    site.write(&quiet, "note", "third");
    let (_, stopped) = site.app("stopped").await;
    site.write(&stopped, "note", "sealed");
    site.act(&stopped, "stop").await;
    let (_, running) = site.app("running").await;
    site.write(&running, "note", "unsealed");

    let load = Load::begin(&site.stack.client, &busy);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let said = site.backup(&["--with-key"]).await;
    assert!(said.contains("workspaces have changes that no layer has"), "{said}");
    let said = site.backup(&["--with-key", "--capture"]).await;
    assert!(said.contains("The keys are in it"), "{said}");
    let done = load.end().await;
    assert!(done > 3, "{done} things were done meanwhile");
    // What happens after the backup is lost.
    site.write(&running, "note", "too-late");

    site.lose_everything();
    succeeded(site.restore(&["--check"]).await);
    let said = succeeded(site.restore(&[]).await);
    assert!(said.contains("are stopped"), "{said}");
    site.start_again().await;
    settles(&site).await;

    // Workspaces are as they were captured for the backup.
    for (sandbox, note) in [(&quiet, "third"), (&stopped, "sealed"), (&running, "unsealed")] {
        let url = site.stack.preview_url(sandbox).await.unwrap();
        // Of two of them the page is there.
        let answer = site.stack.client.preview(&url).await.unwrap();
        assert!(sandbox == &quiet || answer.status == 200, "{}: {}", answer.status, answer.text());
        assert_eq!(site.read(sandbox, "note"), note);
    }
    assert_eq!(site.stack.docker.sh(&quiet, "ls"), "folder\nnote");
    site.go_back(&quiet_app, &first).await;
    assert_eq!(site.read(&quiet, "note"), "first");
    assert_eq!(site.stack.docker.sh(&quiet, "ls"), "index.html\nnote\nstyle.css");
    site.go_back(&quiet_app, &second).await;
    assert_eq!(site.read(&quiet, "note"), "second");
    every_snapshot_can_be_had(&site).await;
    every_app_goes(&site).await;
}

/// Forks each snapshot: its layers are all there, and what it shows can be mounted.
async fn every_snapshot_can_be_had(site: &Site) {
    let found = site.stack.client.get("/v1/snapshots?limit=200").await.unwrap().json();
    let found = found["snapshots"].as_array().unwrap();
    assert!(found.len() > 3, "{found:?}");
    for snapshot in found {
        if snapshot["status"] != "ready" {
            continue;
        }
        let path = format!("/v1/apps/{}/fork", text(snapshot, "source_app_id"));
        let body = serde_json::json!({ "snapshot_id": text(snapshot, "id") });
        let forked = site.stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
        let child = text(&forked["result"]["app"], "id");
        let path = format!("/v1/apps/{child}?snapshots=delete");
        site.stack.client.run(Method::DELETE, &path, None).await.unwrap();
    }
}

async fn every_app_goes(site: &Site) {
    let found = site.stack.client.get("/v1/apps?limit=200").await.unwrap().json();
    for app in found["apps"].as_array().unwrap() {
        let path = format!("/v1/apps/{}?snapshots=delete", text(app, "id"));
        site.stack.client.run(Method::DELETE, &path, None).await.unwrap();
    }
    let clean = site.stack.until("nothing is left", Duration::from_secs(30), async |stack| {
        Ok(stack.leftovers()?.is_empty())
    });
    clean.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_captures_workspaces_are_as_they_were_sealed() {
    let mut site = Site::start().await;
    let (_, sandbox) = site.app("one").await;
    site.write(&sandbox, "note", "sealed");
    site.act(&sandbox, "stop").await;
    site.act(&sandbox, "start").await;
    site.write(&sandbox, "note", "unsealed");
    let (_, fresh) = site.app("two").await;
    site.write(&fresh, "note", "unsealed");
    let (_, live) = site.app("three").await;
    site.write(&live, "note", "captured");
    site.capture(&live, true).await;
    site.write(&live, "note", "unsealed");
    site.backup(&["--with-key"]).await;
    // The engine's containers run on, over bytes that are gone.
    site.lose_data();
    assert_eq!(site.stack.docker.containers().len(), 3);
    succeeded(site.restore(&[]).await);
    site.start_again().await;
    settles(&site).await;
    for (sandbox, note) in [(&sandbox, "sealed"), (&fresh, "none"), (&live, "captured")] {
        let url = site.stack.preview_url(sandbox).await.unwrap();
        let answer = site.stack.client.preview(&url).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(site.read(sandbox, "note"), note);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_killed_is_none_and_the_next_is_whole() {
    let mut site = Site::start().await;
    let (_, sandbox) = site.app("one").await;
    for round in 0..6 {
        let _ = site.stack.docker.sh(
            &sandbox,
            &format!("mkdir -p big/{round}; for f in $(seq 300); do head -c 9000 /dev/urandom > big/{round}/$f; done"),
        );
        site.act(&sandbox, "stop").await;
        site.act(&sandbox, "start").await;
    }
    let on_disk: BTreeSet<String> = layers(&site.stack.data.join("l")).into_iter().collect();
    assert!(on_disk.len() >= 6);
    // Killed at ever later moments, until one gets through.
    let mut killed = 0;
    for wait in (0..).map(|step| Duration::from_millis(150 * step)) {
        let mut child = site.begin_backup(&["--with-key"]);
        tokio::time::sleep(wait).await;
        if child.try_wait().unwrap().is_some() {
            succeeded(finished(child).await);
            break;
        }
        child.kill().unwrap();
        let _ = finished(child).await;
        killed += 1;
        let is_whole = whole_backups(&site) > 0;
        if is_whole {
            break;
        }
        let refused = site.restore(&["--check"]).await;
        assert!(!refused.status.success(), "half a backup passed for one");
        forget_lease(&site).await;
    }
    assert!(killed > 2, "it was killed {killed} times");
    forget_lease(&site).await;
    site.backup(&["--with-key"]).await;
    site.lose_everything();
    succeeded(site.restore(&[]).await);
    site.start_again().await;
    settles(&site).await;
    site.act(&sandbox, "start").await;
    assert_eq!(site.stack.docker.sh(&sandbox, "find big -type f | wc -l"), "1800");
}

fn whole_backups(site: &Site) -> usize {
    let Ok(entries) = fs::read_dir(site.target()) else { return 0 };
    entries
        .filter(|entry| entry.as_ref().unwrap().path().join("manifest.json").exists())
        .filter(|entry| entry.as_ref().unwrap().file_name() != "part")
        .count()
}

/// A backup that was killed holds its lease for a minute, which this suite doesn't wait for.
async fn forget_lease(site: &Site) {
    let options = SqliteConnectOptions::new()
        .filename(site.stack.data.join("sandboxd.db"))
        .busy_timeout(Duration::from_secs(10));
    let mut conn = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("DELETE FROM leases WHERE name = 'backup'").execute(&mut conn).await.unwrap();
}
