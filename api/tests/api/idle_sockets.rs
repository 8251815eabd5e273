//! Ten thousand idle WebSockets to a private preview through one gateway process: what they cost,
//! that others are served meanwhile, and that revoking their token ends them all.

use std::net::SocketAddr;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt};
use rustix::process::{Resource, getrlimit};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::support::{Ask, TestApp, id};

const WANTED: usize = 10_000;
/// The most ports that a sandbox has; the gateway opens 1,024 connections to each.
const PORTS: usize = 10;
/// Open files beside the sockets, here and in the gateway.
const OTHER_FILES: usize = 600;
/// Handshakes at a time: fewer than fit in any backlog.
const AT_A_TIME: usize = 200;
/// All of it takes a few seconds.
const WHOLE: Duration = Duration::from_secs(40);
/// Of the gateway's resident memory, for a tunnel with its two sockets.
const BYTES_PER_TUNNEL: usize = 16 * 1024;

/// Both ends of a tunnel are in one process: here the client's and the application's, there the
/// gateway's two.
fn how_many() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let fit = usize::try_from(files).unwrap_or(usize::MAX).saturating_sub(OTHER_FILES) / 2;
    if fit < WANTED {
        eprintln!("only {fit} of {WANTED} tunnels: {files} open files are allowed");
    }
    fit.min(WANTED)
}

/// An application that switches protocols and echoes, or answers "ok"; counts open tunnels.
fn serve(listener: TcpListener, open: Arc<AtomicUsize>) {
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(converse(stream, Arc::clone(&open)));
        }
    });
}

async fn converse(mut stream: TcpStream, open: Arc<AtomicUsize>) {
    let head = read_head(&mut stream).await;
    if !head.contains("upgrade: websocket") {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        return;
    }
    let switched = b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    stream.write_all(switched).await.unwrap();
    open.fetch_add(1, Ordering::SeqCst);
    let mut text = [0; 4];
    while stream.read_exact(&mut text).await.is_ok() {
        stream.write_all(&text).await.unwrap();
    }
    open.fetch_sub(1, Ordering::SeqCst);
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

struct Gateway {
    process: Child,
    address: SocketAddr,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Gateway {
    async fn start(app: &TestApp) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let process = Command::new(env!("CARGO_BIN_EXE_sandboxd-api"))
            .arg("gateway")
            .env("SANDBOXD_DATA_DIR", app.data())
            .env("SANDBOXD_EDGE_BIND", address.to_string())
            .env("PREVIEW_DOMAIN", "example.test")
            .env("SANDBOXD_LOG", "warn")
            .spawn()
            .unwrap();
        let gateway = Self { process, address };
        let up = async {
            while TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(WHOLE, up).await.expect("the gateway listens");
        gateway
    }

    /// Resident bytes (`proc(5)`).
    fn memory(&self) -> usize {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.process.id())).unwrap();
        let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
        pages * rustix::param::page_size()
    }

    async fn tunnel(&self, host: &str, token: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let ask = format!(
            "GET / HTTP/1.1\r\nhost: {host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             cookie: sandboxd_preview={token}\r\n\r\n"
        );
        stream.write_all(ask.as_bytes()).await.unwrap();
        let head = read_head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        stream
    }
}

/// A private sandbox that runs here, on these ports; its id, and a token of it with its id.
async fn sandbox(app: &TestApp, ports: &[u16]) -> (String, String, String) {
    let shop = app.app("shop").await;
    let body = json!({ "ports": ports, "visibility": "private" });
    let made = app.post(&format!("/v1/apps/{shop}/sandbox"), body).await;
    made.expect(202);
    app.worker().succeed(&id(&made.json, "id")).await;
    let sandbox = id(&made.json, "sandbox_id");
    let mut tx = app.store.write().await.unwrap();
    sqlx::query("UPDATE sandboxes SET address = '127.0.0.1'").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let token = app.post(&format!("/v1/sandboxes/{sandbox}/preview-token"), json!({})).await;
    token.expect(201);
    (sandbox, id(&token.json, "token"), id(&token.json, "id"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_tunnels_are_cheap_and_end_with_their_token() {
    timeout(WHOLE, ten_thousand()).await.expect("in time");
}

async fn ten_thousand() {
    let app = TestApp::new().await;
    let (count, open) = (how_many(), Arc::new(AtomicUsize::new(0)));
    let mut ports = Vec::new();
    for _ in 0..PORTS {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        ports.push(listener.local_addr().unwrap().port());
        serve(listener, Arc::clone(&open));
    }
    let (sandbox, token, token_id) = sandbox(&app, &ports).await;
    let hosts: Vec<String> = ports
        .iter()
        .map(|port| format!("s-{}-{port}.preview.example.test", sandbox.to_lowercase()))
        .collect();
    let gateway = Gateway::start(&app).await;
    drop(gateway.tunnel(&hosts[0], &token).await);

    let (before, begun) = (gateway.memory(), Instant::now());
    let mut tunnels: Vec<TcpStream> = stream::iter(0..count)
        .map(|index| gateway.tunnel(&hosts[index % PORTS], &token))
        .buffer_unordered(AT_A_TIME)
        .collect()
        .await;
    let opened_in = begun.elapsed();
    let each = gateway.memory().saturating_sub(before) / count;

    let asked = Instant::now();
    let request = Ask::new(gateway.address, "GET", "/").header("host", &hosts[1]);
    let answer = request.header("x-sandboxd-preview-token", &token).send().await;
    let answered_in = asked.elapsed();
    assert_eq!(answer.expect(200).text, "ok");
    assert!(answered_in < Duration::from_millis(500), "{answered_in:?}");
    let middle = &mut tunnels[count / 2];
    middle.write_all(b"ping").await.unwrap();
    let mut echo = [0; 4];
    middle.read_exact(&mut echo).await.unwrap();
    assert_eq!((&echo, open.load(Ordering::SeqCst)), (b"ping", count));

    let revoked = Instant::now();
    let path = format!("/v1/sandboxes/{sandbox}/preview-tokens/{token_id}");
    app.delete(&path).await.expect(204);
    for tunnel in &mut tunnels {
        assert!(matches!(tunnel.read(&mut echo).await, Ok(0) | Err(_)));
    }
    while open.load(Ordering::SeqCst) > 0 {
        tokio::task::yield_now().await;
    }
    let ended_in = revoked.elapsed();
    eprintln!(
        "{count} idle tunnels: opened in {opened_in:?}, {each} resident bytes each; a request \
         meanwhile took {answered_in:?}; all ended {ended_in:?} after their token"
    );
    assert!(each < BYTES_PER_TUNNEL, "{each} bytes each");
    assert!(ended_in < Duration::from_secs(5), "{ended_in:?}");
}
