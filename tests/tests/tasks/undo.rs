//! A task is undone by restoring what was before it.

use hyper::Method;
use serde_json::json;

use crate::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_undone_and_done_again() {
    let site = Site::new().await;
    let app = site.app().await;
    site.stack.docker.sh(&app.sandbox, "mkdir old; echo 1 > old/file; echo kept > both");
    let task = site.run_sh(&app, "rm -r old; echo changed > both; echo new > fresh").await;
    let look = "cat both; ls";
    let after = site.stack.docker.sh(&app.sandbox, look);
    assert!(after.starts_with("changed") && after.contains("fresh") && !after.contains("old"));
    let restore = format!("/v1/apps/{}/restore", app.app);
    let body = json!({ "snapshot_id": task["checkpoint_before"] });
    let undone = site.stack.client.run(Method::POST, &restore, Some(&body)).await.unwrap();
    let before = site.stack.docker.sh(&app.sandbox, look);
    assert!(before.starts_with("kept") && before.contains("old") && !before.contains("fresh"));
    assert_eq!(site.stack.docker.sh(&app.sandbox, "cat old/file"), "1");
    for snapshot in [&undone["result"]["safety_snapshot_id"], &task["checkpoint_after"]] {
        let body = json!({ "snapshot_id": snapshot });
        site.stack.client.run(Method::POST, &restore, Some(&body)).await.unwrap();
        assert_eq!(site.stack.docker.sh(&app.sandbox, look), after);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_checkpoints_there_are_none() {
    let site = Site::new().await;
    let app = site.app().await;
    let mut body = crate::site::sh("echo x > y");
    body["checkpoint"] = json!(false);
    let task = site.ask(&app, &body).await;
    let ended = site.ended(&task).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    assert_eq!(
        (&ended["checkpoint_before"], &ended["checkpoint_after"]),
        (&json!(null), &json!(null))
    );
    let path = format!("/v1/apps/{}/snapshots", app.app);
    let snapshots = site.stack.client.get(&path).await.unwrap().json();
    assert_eq!(snapshots["snapshots"], json!([]), "{snapshots}");
}
