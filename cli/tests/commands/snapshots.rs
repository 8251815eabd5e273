use serde_json::json;

use crate::support::{FakeNode, Server, WORKER, answer, id};

#[tokio::test]
async fn snapshots_are_captured_forked_restored_renamed_and_deleted() {
    let server = Server::new().await;
    server.shop().await;
    let refused = server.ctl(&["snapshots", "capture", "shop", "first", "--stopped"]).run().await;
    refused.ended(6).complains(&["conflict"]);
    let first = server.json(&["snapshots", "capture", "shop", "first"]).await;
    let first = id(&first, "snapshot_id");
    server.ctl(&["snapshots", "capture", "shop", "second"]).run().await.ok().shows(&["second"]);
    server.ctl(&["snapshots", "get", "first"]).run().await.ok().shows(&[&first, "ready"]);
    server.ctl(&["snapshots", "ls", "shop"]).run().await.ok().shows(&["first", "second", "manual"]);
    assert_eq!(server.ok(&["snapshot", "list", "--kind", "safety"]).await.lines().count(), 1);
    let tree = server.ok(&["snapshots", "tree", "shop"]).await;
    assert!(tree.starts_with("first") && tree.contains("└─ second"), "{tree}");

    let forked =
        server.ctl(&["snapshots", "fork", "first", "-n", "3", "--name", "try"]).run().await;
    assert_eq!(forked.ok().stdout.lines().count(), 4, "{forked:#?}");
    server.ok(&["apps", "get", "try 2"]).await;
    let restored = server.ctl(&["snapshots", "restore", "first"]).run().await;
    restored.ok().shows(&["sandboxctl snapshots restore 01"]);
    let into = server.json(&["snapshots", "restore", "first", "--app", "try 2"]).await;
    assert_eq!(into["result"]["sandbox"]["status"], "running", "{into:#}");
    let unkept = ["snapshots", "restore", "first", "--no-safety-snapshot"];
    server.ctl(&unkept).run().await.ended(2).complains(&["--yes"]);
    let done = server.ctl(&unkept).arg("--yes").arg("--json").run().await;
    let done: serde_json::Value = serde_json::from_str(&done.ok().stdout).unwrap();
    assert!(done["result"]["safety_snapshot_id"].is_null(), "{done:#}");

    let renamed = server.json(&["snapshots", "rename", &first, "before"]).await;
    assert_eq!(renamed["name"], "before");
    server.ctl(&["snapshots", "delete", "before"]).run().await.ended(2).complains(&["--yes"]);
    server.ctl(&["snapshots", "delete", "before", "-y"]).run().await.ok().complains(&[&first]);
    server.ctl(&["snapshots", "get", &first]).run().await.ended(5);
}

#[tokio::test]
async fn a_diff_is_a_list_of_files() {
    let server = Server::new().await;
    server.shop().await;
    let first = id(&server.json(&["snapshots", "capture", "shop", "first"]).await, "snapshot_id");
    let second = id(&server.json(&["snapshots", "capture", "shop", "second"]).await, "snapshot_id");
    let mut conn = server.store.read().await.unwrap();
    let node: String = sqlx::query_scalar("SELECT node FROM snapshots WHERE id = $1")
        .bind(&second)
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    drop(conn);
    server.worker().beat(&node).await;
    let (newer, older) = (second.clone(), first.clone());
    let _node = FakeNode::start(&server.node_sockets, WORKER, move |asked| {
        let wanted = format!("/snapshots/{newer}/diff?against={older}&all=");
        assert!(asked.target.starts_with(&wanted), "{asked:?}");
        let files = json!([
            { "path": "a\u{1b}b", "status": "added", "type": "file", "size": 2048 },
            { "path": "c", "status": "changed", "type": "file", "size": 3, "size_before": 4 },
            { "path": "d", "status": "removed", "type": "file", "size_before": 5 },
        ]);
        let found = json!({
            "snapshot_id": newer, "against": older, "added": 1, "changed": 1, "removed": 1,
            "truncated": false, "files": files,
        });
        answer(200, found.to_string())
    });
    let shown = server.ok(&["snapshots", "diff", "second", "first"]).await;
    for line in
        ["+  2.0 KiB    a·b", "~  4 B → 3 B  c", "-  5 B        d", "1 added, 1 changed, 1 removed"]
    {
        assert!(shown.lines().any(|shown| shown == line), "{line}:\n{shown}");
    }
    // Against what it came from, unless said.
    assert_eq!(server.json(&["snapshots", "diff", &second, "--all"]).await["against"], first);
    let said = server.ctl(&["snapshots", "diff", "first"]).run().await;
    said.ended(2).complains(&["came from no other"]);
}
