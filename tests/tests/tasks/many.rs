//! Many tasks at once.

use crate::site::{Site, text};

#[tokio::test(flavor = "multi_thread")]
async fn twenty_tasks_at_once_on_two_workers() {
    let site = Site::new().await;
    let mut apps = Vec::new();
    for _ in 0..4 {
        apps.push(site.app().await);
    }
    // The rest are forks: quick to make.
    let source = &apps[0];
    let body =
        serde_json::json!({ "source_sandbox_id": source.sandbox, "name": "base", "live": true });
    let kept =
        site.stack.client.run(hyper::Method::POST, "/v1/snapshots", Some(&body)).await.unwrap();
    let body = serde_json::json!({ "snapshot_id": kept["snapshot_id"], "count": 16 });
    let path = format!("/v1/apps/{}/fork", source.app);
    let forked = site.stack.client.run(hyper::Method::POST, &path, Some(&body)).await.unwrap();
    for child in forked["result"]["children"].as_array().unwrap() {
        let (app, sandbox) = (text(&child["app"], "id"), text(&child["sandbox"], "id"));
        apps.push(crate::site::App { app, sandbox });
    }
    assert_eq!(apps.len(), 20);
    let mut tasks = Vec::new();
    for (number, app) in apps.iter().enumerate() {
        let line = format!(
            "for n in $(seq 50); do echo {number}-$n; sleep 0.02; done; echo {number} >> mine"
        );
        tasks.push(site.ask_sh(app, &line).await);
    }
    for (number, task) in tasks.iter().enumerate() {
        let ended = site.ended(task).await;
        assert_eq!(ended["status"], "succeeded", "{ended:#}");
        let wanted: String = (1..=50).map(|n| format!("{number}-{n}\n")).collect();
        assert_eq!(site.printed(task).await, wanted);
        assert_eq!(ended["files_changed"], serde_json::json!(["mine"]), "{ended:#}");
    }
    let working: Vec<bool> =
        site.stack.workers.iter().map(|worker| worker.log().contains("task.run")).collect();
    assert_eq!(working, [true, true], "both workers had some");
}
