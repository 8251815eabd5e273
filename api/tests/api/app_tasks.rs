//! The tasks of an app, whichever of its sandboxes they were in, and the children of an exploration
//! that is under way.

use serde_json::{Value, json};

use crate::support::{TestApp, id};

fn ids(page: &Value) -> Vec<String> {
    page["tasks"].as_array().unwrap().iter().map(|task| id(task, "id")).collect()
}

/// An app that had a task in a sandbox that is gone, and one in the sandbox that it has now.
async fn with_two_tasks(app: &TestApp) -> (String, [String; 2]) {
    let (shop, old) = app.running().await;
    let (operation, first) = app.task(&old).await;
    let worker = app.worker();
    let claimed = worker.begin_task(&operation).await;
    worker.end_task(&claimed).await;
    app.done(app.delete(&format!("/v1/sandboxes/{old}")).await).await;
    let made = app.post(&format!("/v1/apps/{shop}/sandbox"), json!({})).await;
    let new = id(&app.done(made).await, "sandbox_id");
    let (_, second) = app.task(&new).await;
    (shop, [first, second])
}

#[tokio::test]
async fn an_app_shows_the_tasks_of_all_its_sandboxes() {
    let app = TestApp::new().await;
    let (shop, [first, second]) = with_two_tasks(&app).await;
    let all = format!("/v1/apps/{shop}/tasks");
    let page = app.get(&all).await.expect(200).json.clone();
    assert_eq!(ids(&page), [second.clone(), first.clone()]);
    assert_eq!(page["next_before"], Value::Null);

    let page = app.get(&format!("{all}?limit=1")).await.json;
    assert_eq!(ids(&page), [second.as_str()]);
    assert_eq!(page["next_before"], second.as_str());
    let rest = app.get(&format!("{all}?limit=1&before={second}")).await.json;
    assert_eq!((ids(&rest), &rest["next_before"]), (vec![first.clone()], &Value::Null));
    let queued = app.get(&format!("{all}?status=queued")).await.json;
    assert_eq!(ids(&queued), [second.as_str()]);

    for task in [&first, &second] {
        let one = app.get(&format!("{all}/{task}")).await.expect(200).json.clone();
        assert_eq!((&one["id"], &one["app_id"]), (&json!(task), &json!(shop)));
    }
}

#[tokio::test]
async fn an_app_shows_no_task_of_another() {
    let app = TestApp::new().await;
    let (shop, [first, _]) = with_two_tasks(&app).await;
    let (other, its) = app.running().await;
    let (_, others) = app.task(&its).await;
    assert_eq!(ids(&app.get(&format!("/v1/apps/{other}/tasks")).await.json), [others.as_str()]);
    app.get(&format!("/v1/apps/{other}/tasks/{first}")).await.expect_error(404, "not_found");
    app.get(&format!("/v1/apps/{shop}/tasks/{others}")).await.expect_error(404, "not_found");
}

#[tokio::test]
async fn an_exploration_names_its_children_from_the_start() {
    let app = TestApp::new().await;
    let (shop, _, snapshot) = app.captured().await;
    let body = json!({ "prompt": "Sell tea", "count": 2, "snapshot_id": snapshot });
    let asked = app.post(&format!("/v1/apps/{shop}/explore"), body).await;
    // They aren't made yet, and nothing else of what is to be done is shown.
    assert_eq!(asked.expect(202).json["result"], json!({ "children": [{}, {}] }));
}
