use std::sync::{Arc, Mutex};

use axum::response::Response;
use serde_json::json;

use crate::support::{Asked, FakeNode, NODE, Server, WORKER, answer};

/// A shop whose node has this file in each place, and notes what it is asked.
async fn with_files() -> (Server, FakeNode, Arc<Mutex<Vec<u8>>>) {
    let server = Server::new().await;
    server.shop().await;
    server.worker().beat(NODE).await;
    let written: Arc<Mutex<Vec<u8>>> = Arc::default();
    let note = Arc::clone(&written);
    let node = FakeNode::start(&server.node_sockets, WORKER, move |asked| reply(&asked, &note));
    (server, node, written)
}

fn reply(asked: &Asked, written: &Mutex<Vec<u8>>) -> Response {
    match asked.method.as_str() {
        "PUT" => {
            *written.lock().unwrap() = asked.body.to_vec();
            let size = asked.body.len();
            answer(200, json!({ "created": true, "bytes": size }).to_string())
        }
        "DELETE" => answer(204, ""),
        _ if asked.target.contains("/export") => answer(200, "PK\u{3}\u{4}"),
        _ if asked.target.contains("/content") => answer(200, vec![0, 159, 146, 150]),
        _ => {
            let entry = |path: &str, kind: &str, size: u64| json!({ "path": path, "type": kind, "size": size, "mode": 420, "modified_ms": 0 });
            let entries = [entry("src", "directory", 0), entry("src/a\u{1b}b", "file", 2048)];
            answer(200, json!({ "entries": entries, "truncated": false }).to_string())
        }
    }
}

#[tokio::test]
async fn files_are_listed_read_written_and_deleted() {
    let (server, node, written) = with_files().await;
    let listed = server.ctl(&["files", "ls", "shop", "src", "-r"]).run().await;
    listed.ok().shows(&["src/\n", "2.0 KiB", "src/a·b"]);

    let to = server.folder.path().join("read.bin");
    server.ok(&["files", "get", "shop", "src/a", to.to_str().unwrap()]).await;
    assert_eq!(std::fs::read(&to).unwrap(), [0, 159, 146, 150]);

    let said = server.ctl(&["files", "put", "shop", "-", "notes/a.txt"]).input("hello").run().await;
    said.ok().shows(&["5 B", "notes/a.txt"]);
    assert_eq!(*written.lock().unwrap(), b"hello");
    std::fs::write(server.folder.path().join("run.sh"), "#!/bin/sh\n").unwrap();
    server.ok(&["files", "put", "shop", "run.sh", "bin/", "--mode", "755"]).await;
    let targets =
        || -> Vec<String> { node.asked().into_iter().map(|asked| asked.target).collect() };
    assert!(targets().last().unwrap().ends_with("path=bin%2Frun%2Esh&mode=493"), "{:?}", targets());

    server.ok(&["files", "rm", "shop", "notes/a.txt"]).await;
    server.ctl(&["files", "rm", "shop", "notes", "-r"]).run().await.ended(2).complains(&["--yes"]);
    server.ok(&["files", "rm", "shop", "notes", "-r", "-y"]).await;
    assert!(targets().last().unwrap().contains("recursive=true"), "{:?}", targets());
    server.ok(&["files", "export", "shop", "shop.zip"]).await;
    let zip = std::fs::read(server.folder.path().join("shop.zip")).unwrap();
    assert_eq!(zip, b"PK\x03\x04");
}

#[tokio::test]
async fn a_path_that_leads_out_is_refused_and_leaves_nothing() {
    let (server, node, _) = with_files().await;
    let said = server.ctl(&["files", "get", "shop", "../../etc/passwd", "out"]).run().await;
    said.ended(2).complains(&["invalid_request"]);
    assert!(!server.folder.path().join("out").exists());
    assert!(node.asked().is_empty());
    server.ctl(&["files", "put", "shop", "nothing-there", "a"]).run().await.ended(1);
}
