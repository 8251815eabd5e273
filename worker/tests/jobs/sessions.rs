//! Files of stopped sandboxes, through a real `sandbox-init` over real mounts: what they change,
//! whom they hold up, and what is left of them.

use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use sandboxd_shared::ids::SandboxId;
use sandboxd_worker::runner::LockError;
use serde_json::json;

use crate::ask::LIMIT;
use crate::node::TestNode;
use crate::service::sessions;
use crate::worker::TestWorker;

/// More than sockets and pipes hold on the way to a client that doesn't read.
const BIG: usize = 16 << 20;

/// A worker and a stopped sandbox with a file, a folder, and links that lead out.
async fn stopped(node: &TestNode) -> (TestWorker, SandboxId) {
    let worker = node.worker().await;
    let app = node.app("one").await;
    let sandbox = node.create(app).await;
    let folder = node.app_folder(sandbox).await;
    std::fs::write(folder.join("note"), "one").unwrap();
    std::fs::write(folder.join("big"), vec![b'x'; BIG]).unwrap();
    symlink("/etc/hostname", folder.join("out")).unwrap();
    symlink(node.data(), folder.join("data")).unwrap();
    node.stop(sandbox).await;
    (worker, sandbox)
}

fn content(sandbox: SandboxId, path: &str) -> String {
    format!("/sandboxes/{sandbox}/content?path={path}")
}

/// Waits until a lock is free.
async fn free(node: &TestNode, sandbox: SandboxId) {
    let key = sandbox.to_string();
    node.until("the sandbox's lock is free", || async { node.locks().try_take(&key).ok() }).await;
}

async fn works_on(node: TestNode) {
    let (worker, sandbox) = stopped(&node).await;
    let before = node.generation(sandbox).await;

    // Looking changes nothing.
    let list = format!("/sandboxes/{sandbox}/files?path=&recursive=true");
    let listed = node.ask(&worker, "GET", &list, "").await.json();
    let paths: Vec<&str> = listed["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["big", "data", "note", "out"], "{listed}");
    assert_eq!(node.ask(&worker, "GET", &content(sandbox, "note"), "").await.body, "one");
    let zip = node.ask(&worker, "GET", &format!("/sandboxes/{sandbox}/export"), "").await;
    assert!(zip.status == 200 && zip.body.starts_with(b"PK"));
    assert_eq!(node.generation(sandbox).await, before);
    free(&node, sandbox).await;

    // A change is noted before it is made, and sealed by the next capture.
    let put = node.ask(&worker, "PUT", &content(sandbox, "new/x"), "new").await;
    assert_eq!((put.status, put.json()), (201, json!({ "created": true, "bytes": 3 })));
    assert!(node.generation(sandbox).await.mounted);
    assert!(node.locks().try_take(&sandbox.to_string()).is_ok(), "it is over when it is answered");
    assert_eq!(node.ask(&worker, "GET", &content(sandbox, "new/x"), "").await.body, "new");
    let with = node.capture(sandbox).await;
    node.assert_stopped(sandbox).await;

    let remove = format!("/sandboxes/{sandbox}/files?path=new&recursive=true");
    assert_eq!(node.ask(&worker, "DELETE", &remove, "").await.status, 204);
    assert_eq!(node.ask(&worker, "PUT", &content(sandbox, "note"), "two").await.status, 200);
    let without = node.capture(sandbox).await;
    assert_eq!(node.ask(&worker, "GET", &content(sandbox, "new/x"), "").await.code(), "not_found");

    let app = node.sandbox(sandbox).await.unwrap().app_id;
    node.restore(app, with).await;
    for (path, wanted) in [("new/x", "new"), ("note", "one")] {
        assert_eq!(node.ask(&worker, "GET", &content(sandbox, path), "").await.body, wanted);
    }
    node.restore(app, without).await;
    assert_eq!(node.ask(&worker, "GET", &content(sandbox, "note"), "").await.body, "two");

    // A change before a start is there when it runs, and sealed when it stops.
    node.ask(&worker, "PUT", &content(sandbox, "late"), "late").await;
    node.start(sandbox).await;
    let folder = node.app_folder(sandbox).await;
    assert_eq!(std::fs::read_to_string(folder.join("late")).unwrap(), "late");
    node.stop(sandbox).await;
    node.assert_stopped(sandbox).await;
    assert_eq!(sessions(&node), Vec::<i32>::new());
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_a_stopped_sandbox_on_overlays() {
    works_on(TestNode::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_a_stopped_sandbox_on_copies() {
    works_on(TestNode::with_copies().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_way_leads_out_of_a_stopped_workspace() {
    for node in [TestNode::new().await, TestNode::with_copies().await] {
        let (worker, sandbox) = stopped(&node).await;
        let bells = node.data().join("marker");
        std::fs::write(&bells, "of the host").unwrap();
        for path in ["out", "data/marker", "data/run/s", "out/x"] {
            let read = node.ask(&worker, "GET", &content(sandbox, path), "").await;
            assert_eq!(read.code(), "invalid_request", "{path}: {read:?}");
        }
        for path in ["data/marker", "data/new"] {
            let write = node.ask(&worker, "PUT", &content(sandbox, path), "evil").await;
            assert_eq!(write.code(), "invalid_request", "{path}: {write:?}");
            let remove = format!("/sandboxes/{sandbox}/files?path={path}&recursive=true");
            let remove = node.ask(&worker, "DELETE", &remove, "").await;
            assert_eq!(remove.code(), "invalid_request", "{path}: {remove:?}");
        }
        for path in ["..", "a/../../x", "/etc/passwd", "%2e%2e%2fx", "a%00b"] {
            let read = node.ask(&worker, "GET", &content(sandbox, path), "").await;
            assert_eq!(read.status, 400, "{path}");
        }
        assert_eq!(std::fs::read_to_string(&bells).unwrap(), "of the host");
        assert!(!node.data().join("new").exists());
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_process_over_a_workspace_has_nothing_but_it() {
    let node = TestNode::new().await;
    let (worker, sandbox) = stopped(&node).await;
    let slow = node.open(&worker, "GET", &content(sandbox, "big"), Vec::new()).await;
    let pid = sessions(&node)[0];
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    for wanted in [
        "Uid:\t1000\t1000\t1000\t1000",
        "Gid:\t1000\t1000\t1000\t1000",
        "Groups:\t \n",
        "CapInh:\t0000000000000000",
        "CapPrm:\t0000000000000000",
        "CapEff:\t0000000000000000",
        "CapAmb:\t0000000000000000",
        "NoNewPrivs:\t1",
    ] {
        assert!(status.contains(wanted), "{wanted} in {status}");
    }
    assert_eq!(std::fs::read(format!("/proc/{pid}/environ")).unwrap(), b"");
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    assert!(limits.lines().any(|line| {
        line.starts_with("Max core file size") && line.split_whitespace().nth(4) == Some("0")
    }));
    // Null devices, workspace, socket, lock, and what it opened in the workspace.
    for fd in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten() {
        let target = std::fs::read_link(fd.path()).unwrap().display().to_string();
        let known = ["/dev/null", "socket:", "anon_inode:", "pipe:"];
        let lock = target.ends_with(".lock");
        let inside = target == "/" || target.starts_with("/app");
        assert!(known.iter().any(|known| target.starts_with(known)) || lock || inside, "{target}");
    }
    drop(slow);
    free(&node, sandbox).await;
    assert_eq!(sessions(&node), Vec::<i32>::new());
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_share_a_sandbox_and_an_operation_goes_before_them() {
    let node = TestNode::new().await;
    let (worker, sandbox) = stopped(&node).await;
    let slow = node.open(&worker, "GET", &content(sandbox, "big"), Vec::new()).await;
    let other = node.open(&worker, "GET", &content(sandbox, "big"), Vec::new()).await;
    assert_eq!(node.ask(&worker, "GET", &content(sandbox, "note"), "").await.body, "one");
    node.until("two are left", || async { (sessions(&node).len() == 2).then_some(()) }).await;
    assert!(matches!(node.locks().try_take(&sandbox.to_string()), Err(LockError::Taken(_))));

    // A change waits for them, for a while.
    let put = node.ask(&worker, "PUT", &content(sandbox, "note"), "two").await;
    assert_eq!(put.code(), "capacity", "{put:?}");

    let begun = Instant::now();
    let operation = node.ask_start(sandbox).await;
    node.succeed(operation).await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(1), "readers held up a start for {took:?}");
    for body in [slow.into_body(), other.into_body()] {
        let read = tokio::time::timeout(LIMIT, body.collect()).await.unwrap();
        assert!(read.is_err(), "half a file is no file");
    }
    let put = node.ask(&worker, "PUT", &content(sandbox, "note"), "two").await;
    assert_eq!(put.code(), "sandbox_unavailable", "it runs, and this engine has no PID 1");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_an_operation_has_the_sandbox_there_are_no_sessions() {
    let node = TestNode::new().await;
    let (worker, sandbox) = stopped(&node).await;
    // Accepted, and held up by somebody with the lock. Housekeeping may have it for a moment.
    let held = node.locks().take(&sandbox.to_string(), LIMIT).await.unwrap();
    let (operation, _) = node.ask_capture(sandbox).await;
    for (method, target) in [
        ("GET", content(sandbox, "note")),
        ("PUT", content(sandbox, "note")),
        ("GET", format!("/sandboxes/{sandbox}/files?path=")),
        ("GET", format!("/sandboxes/{sandbox}/export")),
    ] {
        let refused = node.ask(&worker, method, &target, "").await;
        assert_eq!(refused.code(), "operation_in_progress", "{method} {target}");
        assert_eq!(refused.json()["details"]["operation_id"], operation.to_string());
    }
    drop(held);
    node.succeed(operation).await;
    assert_eq!(node.ask(&worker, "GET", &content(sandbox, "note"), "").await.body, "one");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_killed_or_stopped_leaves_nothing_of_its_sessions() {
    let node = TestNode::new().await;
    let (worker, sandbox) = stopped(&node).await;
    let slow = node.open(&worker, "GET", &content(sandbox, "big"), Vec::new()).await;
    worker.kill().await;
    free(&node, sandbox).await;
    assert!(slow.into_body().collect().await.is_err());

    let worker = node.worker_with(Duration::from_secs(30), Duration::from_millis(100)).await;
    let own = format!("{}.sock", worker.name);
    node.until("it listens, and the dead one's socket is swept", || async {
        let found = std::fs::read_dir(node.options.node_sockets()).unwrap().flatten();
        let names: Vec<_> = found.map(|entry| entry.file_name()).collect();
        (names == [own.as_str()]).then_some(())
    })
    .await;
    let slow = node.open(&worker, "GET", &content(sandbox, "big"), Vec::new()).await;
    worker.stop().await;
    free(&node, sandbox).await;
    assert!(slow.into_body().collect().await.is_err());
    assert_eq!(std::fs::read_dir(node.options.node_sockets()).unwrap().count(), 0);

    let worker = node.worker().await;
    node.start(sandbox).await;
    node.assert_running(sandbox).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_is_moved_to_other_layers_is_not_read_to_its_end() {
    let node = TestNode::new().await;
    let (worker, sandbox) = stopped(&node).await;
    let slow = node.open(&worker, "GET", &content(sandbox, "big"), Vec::new()).await;
    // As the end of a merge does: the layers that are being read may go from here on.
    let mut tx = node.store.write().await.unwrap();
    sqlx::query("UPDATE generations SET base_layer_id = NULL WHERE state = 'active'")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let read = tokio::time::timeout(LIMIT, slow.into_body().collect()).await.unwrap();
    assert!(read.is_err(), "nobody knows whether that was the file");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_node_has_and_what_nobody_has_are_unknown() {
    let node = TestNode::new().await;
    let (worker, sandbox) = stopped(&node).await;
    let mut tx = node.store.write().await.unwrap();
    sqlx::query("UPDATE sandboxes SET node = 'other'").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    for id in [sandbox.to_string(), SandboxId::generate().to_string(), "x".to_owned()] {
        let target = format!("/sandboxes/{id}/files?path=");
        assert_eq!(node.ask(&worker, "GET", &target, "").await.code(), "not_found", "{id}");
    }
    worker.stop().await;
}
