//! What a task is in the way of, and what takes it out of the way.

use serde_json::{Value, json};

use crate::support::{Reply, TestApp, id};

/// The requests that a task is in the way of, with `query`.
async fn in_the_way(app: &TestApp, query: &str) -> Vec<(String, String, Reply)> {
    let mut found = Vec::new();
    for what in ["stop", "delete", "delete_app", "restore"] {
        let (shop, sandbox, snapshot) = app.captured().await;
        app.done(app.post(&format!("/v1/sandboxes/{sandbox}/start"), json!({})).await).await;
        let (operation, task) = app.task(&sandbox).await;
        app.worker().begin_task(&operation).await;
        let one = format!("/v1/sandboxes/{sandbox}");
        let before = app.fingerprint().await;
        let reply = match what {
            "stop" => app.post(&format!("{one}/stop{query}"), json!({})).await,
            "delete" => app.delete(&format!("{one}{query}")).await,
            "delete_app" => app.delete(&format!("/v1/apps/{shop}{query}")).await,
            _ => {
                let body = json!({ "snapshot_id": snapshot });
                app.post(&format!("/v1/apps/{shop}/restore{query}"), body).await
            }
        };
        if reply.status >= 400 {
            assert_eq!(app.fingerprint().await, before, "{what}");
        }
        found.push((operation, task, reply));
    }
    found
}

#[tokio::test]
async fn a_task_is_in_the_way_unless_it_is_to_be_cancelled() {
    let app = TestApp::new().await;
    for query in ["", "?force=false"] {
        for (_, task, refused) in in_the_way(&app, query).await {
            refused.expect_error(409, "task_in_progress");
            assert_eq!(refused.json["error"]["details"]["task_id"], task.as_str());
        }
    }
    for query in ["?force=yes", "?force=1", "?force="] {
        for (_, _, refused) in in_the_way(&app, query).await {
            refused.expect_field("force");
        }
    }
    for (operation, task, accepted) in in_the_way(&app, "?force=true").await {
        accepted.expect(202);
        let its = app.get(&format!("/v1/operations/{operation}")).await.json;
        assert_eq!((&its["status"], &its["cancel_requested"]), (&json!("running"), &json!(true)));
        let row = app.worker().look(&id(&accepted.json, "id")).await;
        assert_eq!(row.input["ends_task"], task.as_str(), "what waits for its end");
    }
}

#[tokio::test]
async fn a_task_that_no_worker_has_is_cancelled_with_what_it_was_in_the_way_of() {
    let app = TestApp::new().await;
    let (_, sandbox) = app.running().await;
    let (_, task) = app.task(&sandbox).await;
    app.post(&format!("/v1/sandboxes/{sandbox}/stop?force=true"), json!({})).await.expect(202);
    let cancelled = app.get(&format!("/v1/sandboxes/{sandbox}/tasks/{task}")).await.json;
    assert_eq!(cancelled["status"], "cancelled");
    let seen = app.get(&format!("/v1/sandboxes/{sandbox}")).await.json;
    assert_eq!((&seen["status"], &seen["active_task_id"]), (&json!("stopping"), &Value::Null));
}
