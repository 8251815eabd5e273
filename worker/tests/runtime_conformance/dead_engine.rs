//! An engine that is gone, and one that takes calls and never answers.

use std::time::{Duration, Instant};

use futures::StreamExt;
use sandboxd_worker::runtime::docker::{CallLimits, DockerConfig, DockerRuntime};
use sandboxd_worker::runtime::{Runtime, RuntimeError, VolumeName};
use tokio::net::UnixListener;

use crate::lab::{GRACE, argv, sandbox};

const BRIEF: Duration = Duration::from_millis(100);
/// Far below any limit that would be waited for in vain, far above what a busy machine needs.
const QUICK: Duration = Duration::from_secs(3);

fn brief_limits() -> CallLimits {
    CallLimits {
        look_up: BRIEF,
        create: BRIEF,
        start: BRIEF,
        stop: BRIEF,
        remove: BRIEF,
        freeze: BRIEF,
        volume: BRIEF,
        network: BRIEF,
    }
}

/// Every call, for the failures that all must tell alike.
async fn every_call(runtime: &DockerRuntime) -> Vec<(&'static str, RuntimeError)> {
    let (name, _) = sandbox();
    let volume = VolumeName::new("v-1").unwrap();
    let mount = sandboxd_worker::runtime::WorkspaceMount::Volume { name: volume.clone() };
    let command = argv(&["true"]);
    let spec = crate::lab::spec(&crate::fake_lab::FakeLab::new());
    let outcomes = [
        ("ping", runtime.ping().await.map(drop)),
        ("ensure_network", runtime.ensure_network().await.map(drop)),
        ("image_id", runtime.image_id("a:1").await.map(drop)),
        ("create_container", runtime.create_container(&spec).await),
        ("start_container", runtime.start_container(&name).await.map(drop)),
        ("stop_container", runtime.stop_container(&name, GRACE).await),
        ("remove_container", runtime.remove_container(&name).await),
        ("pause_container", runtime.pause_container(&name).await),
        ("unpause_container", runtime.unpause_container(&name).await),
        ("inspect_container", runtime.inspect_container(&name).await.map(drop)),
        ("list_containers", runtime.list_containers().await.map(drop)),
        ("create_volume", runtime.create_volume(&volume, &Default::default(), "x").await),
        ("remove_volume", runtime.remove_volume(&volume).await),
        ("list_volumes", runtime.list_volumes().await.map(drop)),
        ("exec", runtime.exec(&name, &command, BRIEF).await.map(drop)),
        ("run_once", runtime.run_once("a:1", &mount, &command, BRIEF).await.map(drop)),
        ("events", runtime.events().await.map(drop)),
    ];
    outcomes.map(|(call, outcome)| (call, outcome.expect_err(call))).into()
}

#[tokio::test]
async fn a_missing_socket_is_unavailable_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("docker.sock");
    let runtime = DockerRuntime::new(DockerConfig::new(socket, "node")).unwrap();
    let began = Instant::now();
    for (call, error) in every_call(&runtime).await {
        assert!(matches!(error, RuntimeError::Unavailable { .. }), "{call}: {error:?}");
        assert!(error.is_retryable());
    }
    assert!(began.elapsed() < QUICK);
}

#[tokio::test]
async fn a_socket_without_a_listener_is_unavailable_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("docker.sock");
    drop(UnixListener::bind(&socket).unwrap());
    let runtime = DockerRuntime::new(DockerConfig::new(socket, "node")).unwrap();
    let began = Instant::now();
    for (call, error) in every_call(&runtime).await {
        assert!(matches!(error, RuntimeError::Unavailable { .. }), "{call}: {error:?}");
    }
    assert!(began.elapsed() < QUICK);
}

#[tokio::test]
async fn a_hung_engine_is_a_timeout_that_names_the_call() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("docker.sock");
    // Connections wait in the backlog; nobody reads them.
    let _listener = UnixListener::bind(&socket).unwrap();
    let mut config = DockerConfig::new(socket, "node");
    config.call_limits = brief_limits();
    let runtime = DockerRuntime::new(config).unwrap();
    let began = Instant::now();
    for (call, error) in every_call(&runtime).await {
        assert!(matches!(error, RuntimeError::Timeout { after: BRIEF, .. }), "{call}: {error:?}");
    }
    assert!(began.elapsed() < QUICK + 20 * BRIEF);
}

#[tokio::test]
async fn an_engine_that_comes_back_is_used_again() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("docker.sock");
    let runtime = DockerRuntime::new(DockerConfig::new(&socket, "node")).unwrap();
    for round in 0..2 {
        let gone = runtime.image_id("a:1").await;
        assert!(matches!(gone, Err(RuntimeError::Unavailable { .. })), "{round}: {gone:?}");
        let listener = UnixListener::bind(&socket).unwrap();
        let engine =
            answer_all(listener, "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"Id\":\"sha-1\"}");
        assert_eq!(runtime.image_id("a:1").await.unwrap().as_deref(), Some("sha-1"));
        engine.abort();
        let _ = engine.await;
        std::fs::remove_file(&socket).unwrap();
    }
}

/// Answers every connection with these bytes, and closes it.
fn answer_all(listener: UnixListener, answer: &'static str) -> tokio::task::JoinHandle<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0u8; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
}

#[tokio::test]
async fn an_answer_that_stops_in_the_middle_is_unavailable() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("docker.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let engine = answer_all(listener, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"Id\":");
    let runtime = DockerRuntime::new(DockerConfig::new(socket, "node")).unwrap();
    let error = runtime.image_id("a:1").await.unwrap_err();
    assert!(matches!(error, RuntimeError::Unavailable { .. }), "{error:?}");
    engine.abort();
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_unreadable() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("docker.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let engine = answer_all(listener, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    let runtime = DockerRuntime::new(DockerConfig::new(socket, "node")).unwrap();
    let error = runtime.image_id("a:1").await.unwrap_err();
    assert!(matches!(error, RuntimeError::Unreadable { .. }), "{error:?}");
    engine.abort();
}

#[tokio::test]
async fn a_stream_of_events_that_is_cut_off_ends_with_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("docker.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let engine = answer_all(listener, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let runtime = DockerRuntime::new(DockerConfig::new(socket, "node")).unwrap();
    let items: Vec<_> = runtime.events().await.unwrap().collect().await;
    assert!(matches!(items[..], [Err(RuntimeError::Unavailable { .. })]), "{items:?}");
    engine.abort();
}

#[test]
fn a_setting_that_cannot_work_is_refused() {
    for (node, bridge) in [("", "b"), ("a b", "b"), ("n", "a-name-too-long0"), ("n", "a/b")] {
        let mut config = DockerConfig::new("/run/docker.sock", node);
        config.bridge = bridge.to_owned();
        let refused = DockerRuntime::new(config);
        assert!(matches!(refused, Err(RuntimeError::Invalid { .. })), "{node:?} {bridge:?}");
    }
}
