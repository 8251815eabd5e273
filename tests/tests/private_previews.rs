//! Private previews on a real engine: a link opens the page and its WebSocket, wakes what sleeps,
//! and ends what it opened when it is revoked.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::time::{Duration, Instant};

use hyper::{Method, StatusCode};
use sandboxd_tests::Stack;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(30);
/// Switches protocols and echoes; in the language that the image has.
const ECHO_SERVER: &str = "import socket
server = socket.create_server(('0.0.0.0', 4000))
while True:
    peer, _ = server.accept()
    while b'\\r\\n\\r\\n' not in peer.recv(65536): pass
    peer.sendall(b'HTTP/1.1 101 Go\\r\\nconnection: upgrade\\r\\nupgrade: websocket\\r\\n\\r\\n')
    while data := peer.recv(65536): peer.sendall(data)
    peer.close()
";

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

/// A running private sandbox with a page on port 3000 and room for a WebSocket on 4000.
async fn private_sandbox(stack: &Stack) -> String {
    let app = stack.client.post("/v1/apps", &json!({ "name": "Shop" })).await.unwrap();
    let path = format!("/v1/apps/{}/sandbox", text(&app.json(), "id"));
    let body = json!({ "template": "static", "ports": [3000, 4000], "visibility": "private" });
    let made = stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
    text(&made, "sandbox_id")
}

async fn link(stack: &Stack, sandbox: &str, body: &Value) -> Value {
    let path = format!("/v1/sandboxes/{sandbox}/preview-token");
    let made = stack.client.post(&path, body).await.unwrap();
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()
}

fn host(sandbox: &str, port: u16) -> String {
    format!("s-{}-{port}.preview.localhost", sandbox.to_lowercase())
}

/// Sends one request and gives all that comes back until the end of the connection.
async fn ask(stack: &Stack, path: &str, host: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(stack.gateway_address()).await.unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(LIMIT, stream.read_to_end(&mut answer)).await.expect("an answer").unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Opens the page of a link as a browser does; the Cookie header that it got.
async fn follow(stack: &Stack, sandbox: &str, port: u16, link: &Value) -> String {
    let url = text(link, "url");
    let path = &url[url.find("/.sandboxd").unwrap()..];
    let answer = ask(stack, path, &host(sandbox, port), "").await;
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    assert!(answer.contains("\r\nlocation: /\r\n"), "{answer}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    format!("cookie: {}\r\n", cookie.split(';').next().unwrap())
}

async fn starts(stack: &Stack, sandbox: &str) -> usize {
    let path = format!("/v1/operations?sandbox_id={sandbox}&kind=sandbox.start");
    let found = stack.client.get(&path).await.unwrap().json();
    found["operations"].as_array().unwrap().len()
}

async fn open_socket(stack: &Stack, sandbox: &str, cookie: &str) -> TcpStream {
    let mut stream = TcpStream::connect(stack.gateway_address()).await.unwrap();
    let request = format!(
        "GET / HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n{cookie}\r\n",
        host(sandbox, 4000)
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(LIMIT, stream.read_u8()).await.expect("an answer").unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_wakes_and_ends() {
    let stack = Stack::start().await.unwrap();
    let sandbox = private_sandbox(&stack).await;
    let (page, socket) = (host(&sandbox, 3000), host(&sandbox, 4000));
    assert!(ask(&stack, "/", &page, "").await.starts_with("HTTP/1.1 401 "));

    // One link for the page, one for all ports.
    let one = link(&stack, &sandbox, &json!({ "port": 3000, "expires_in": "10m" })).await;
    let cookie = follow(&stack, &sandbox, 3000, &one).await;
    let shown = ask(&stack, "/", &page, &cookie).await;
    assert!(shown.starts_with("HTTP/1.1 200 ") && shown.contains("<!doctype html"), "{shown}");
    assert!(shown.contains("\r\ncontent-security-policy: frame-ancestors 'self' http://"));
    assert!(ask(&stack, "/", &socket, &cookie).await.starts_with("HTTP/1.1 401 "), "other port");

    let all = link(&stack, &sandbox, &json!({})).await;
    let cookie = follow(&stack, &sandbox, 4000, &all).await;
    stack.docker.sh(&sandbox, &format!("cat > /tmp/echo.py <<'EOF'\n{ECHO_SERVER}EOF"));
    stack.docker.sh(&sandbox, "nohup python3 /tmp/echo.py >/dev/null 2>&1 &");
    let mut tunnel = open_socket(&stack, &sandbox, &cookie).await;
    let mut echo = [0; 4];
    tunnel.write_all(b"ping").await.unwrap();
    timeout(LIMIT, tunnel.read_exact(&mut echo)).await.expect("an echo").unwrap();
    assert_eq!(&echo, b"ping");

    let revoked = Instant::now();
    let path = format!("/v1/sandboxes/{sandbox}/preview-tokens/{}", text(&all, "id"));
    assert_eq!(stack.client.delete(&path).await.unwrap().status, StatusCode::NO_CONTENT);
    let ended = timeout(LIMIT, tunnel.read(&mut echo)).await.expect("the tunnel ends");
    assert!(matches!(ended, Ok(0) | Err(_)));
    assert!(revoked.elapsed() < Duration::from_secs(2), "{:?}", revoked.elapsed());
    assert!(ask(&stack, "/", &socket, &cookie).await.starts_with("HTTP/1.1 401 "));

    // Asleep: only who may see it wakes it.
    let stop = format!("/v1/sandboxes/{sandbox}/stop");
    stack.client.run(Method::POST, &stop, None).await.unwrap();
    for stranger in ["", &cookie, "x-sandboxd-preview-token: sbx_preview_forged\r\n"] {
        let answer = ask(&stack, "/", &page, stranger).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
    assert_eq!(starts(&stack, &sandbox).await, 0, "nobody woke it");
    let token = format!("x-sandboxd-preview-token: {}\r\n", text(&one, "token"));
    let woken = ask(&stack, "/", &page, &token).await;
    assert!(woken.starts_with("HTTP/1.1 200 "), "{woken}\n{}", stack.logs());
    assert_eq!(starts(&stack, &sandbox).await, 1);
    assert!(!stack.logs().contains(&text(&one, "token")), "no token in any log");
}
