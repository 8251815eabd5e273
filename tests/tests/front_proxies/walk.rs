//! What every proxy must do, with the same words.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use hyper::Method;
use sandboxd_tests::{Stack, StackOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::certificate::{self, Certificate};
use super::program::PROGRAM;
use super::proxy::{DOMAIN, Kind, Ports, Proxy};
use super::wire::{CLIENT, LIMIT, Wire, until};

const CONSOLE: &str = "console.sandboxd.test";
const TOKEN: &str = "authorization: Bearer alice-token-for-tests\r\n";
/// A piece of a stream that a proxy keeps back comes with the next one or never.
const AT_ONCE: Duration = Duration::from_secs(2);
/// Larger than what proxies keep in memory or allow by themselves.
const UPLOAD: usize = 24 << 20;

/// An installation with a proxy in front of it and a sandbox that runs the program.
struct Front {
    stack: Stack,
    proxy: Proxy,
    wire: Wire,
    certificate: Certificate,
    app: String,
    sandbox: String,
    _folder: tempfile::TempDir,
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

fn settings(ports: Ports) -> Vec<(String, String)> {
    [
        ("PREVIEW_DOMAIN", DOMAIN.to_owned()),
        ("PREVIEW_TLS", "true".to_owned()),
        ("SANDBOXD_PUBLIC_HTTP_PORT", ports.https.to_string()),
        ("SANDBOXD_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ("SANDBOXD_CONSOLE_ORIGIN", format!("https://{CONSOLE}:{}", ports.https)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

impl Front {
    async fn start(kind: Kind) -> Self {
        let ports = Ports::free();
        let options = StackOptions { env: settings(ports), ..StackOptions::default() };
        let stack = Stack::start_with(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let names = vec![CONSOLE.to_owned(), format!("*.preview.{DOMAIN}")];
        let certificate = certificate::make(folder.path(), names);
        let proxy = Proxy::start(kind, &stack, &certificate, ports).await;
        let wire = Wire::new(&certificate.authority, ports.https);
        let (app, sandbox) = sandbox(&stack).await;
        Self { stack, proxy, wire, certificate, app, sandbox, _folder: folder }
    }

    fn host(&self, port: u16) -> String {
        format!("s-{}-{port}.preview.{DOMAIN}", self.sandbox.to_lowercase())
    }

    fn run_program(&self) {
        self.stack.docker.sh(&self.sandbox, &format!("cat > /tmp/p.py <<'EOF'\n{PROGRAM}EOF"));
        self.stack.docker.sh(&self.sandbox, "nohup python3 /tmp/p.py >/dev/null 2>&1 &");
    }
}

async fn sandbox(stack: &Stack) -> (String, String) {
    let app = stack.client.post("/v1/apps", &json!({ "name": "Shop" })).await.unwrap().json();
    let app = text(&app, "id");
    let body = json!({ "template": "static", "ports": [3000, 4000] });
    let path = format!("/v1/apps/{app}/sandbox");
    let made = stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
    (app, text(&made, "sandbox_id"))
}

pub(crate) async fn walk(kind: Kind) {
    let front = Front::start(kind).await;
    the_api_answers_who_has_a_token(&front).await;
    the_console_signs_in(&front).await;
    events_pass_at_once(&front).await;
    large_files_pass(&front).await;
    a_preview_wakes(&front).await;
    front.run_program();
    applications_hear_of_the_client(&front).await;
    a_socket_echoes(&front).await;
    a_stream_passes_at_once(&front).await;
    a_large_body_passes(&front).await;
    names_of_others_get_nothing(&front).await;
    http_leads_to_https(&front).await;
    browsers_speak_http_2(&front, &front.certificate.authority);
}

async fn the_api_answers_who_has_a_token(front: &Front) {
    let answer = front.wire.ask("GET /v1/apps", CONSOLE, TOKEN, b"").await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains(&front.app), "{answer}");
    let answer = front.wire.ask("GET /v1/apps", CONSOLE, "", b"").await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

/// Over TLS the cookie is the host's alone, and the page's own origin may use it.
async fn the_console_signs_in(front: &Front) {
    let origin = format!("origin: https://{CONSOLE}:{}\r\n", front.proxy.ports.https);
    let body = br#"{"token":"alice-token-for-tests"}"#;
    let headers =
        format!("{origin}content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    let answer = front.wire.ask("POST /v1/session", CONSOLE, &headers, body).await;
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    let line = answer.lines().find(|line| line.to_lowercase().starts_with("set-cookie:")).unwrap();
    assert!(line.contains("__Host-sandboxd_session=") && line.contains("Secure"), "{line}");
    let cookie = line.split_once(':').unwrap().1.split(';').next().unwrap().trim();
    let own = format!("{origin}cookie: {cookie}\r\n");
    let answer = front.wire.ask("GET /v1/apps", CONSOLE, &own, b"").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let foreign = format!("origin: https://{}\r\ncookie: {cookie}\r\n", front.host(3000));
    let answer = front.wire.ask("GET /v1/apps", CONSOLE, &foreign, b"").await;
    assert!(answer.starts_with("HTTP/1.1 401 ") || answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

async fn events_pass_at_once(front: &Front) {
    let path = format!("/v1/apps/{}", front.app);
    let headers = format!("{TOKEN}accept: text/event-stream\r\n");
    let request = format!("GET {path}/events");
    let (mut stream, head) = front.wire.open(&request, CONSOLE, &headers, b"").await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let renamed = json!({ "name": "Renamed" });
    let changed =
        front.stack.client.request(Method::PATCH, &path, &[], Some(&renamed)).await.unwrap();
    assert!(changed.status.is_success(), "{}", changed.text());
    let came = timeout(AT_ONCE, until(&mut stream, "app.updated")).await;
    came.expect("an event that isn't kept back");
}

async fn large_files_pass(front: &Front) {
    let path = format!("/v1/sandboxes/{}/files/content?path=large.bin", front.sandbox);
    let body = vec![b'x'; UPLOAD];
    let headers = format!("{TOKEN}content-length: {}\r\n", body.len());
    let answer = front.wire.ask(&format!("PUT {path}"), CONSOLE, &headers, &body).await;
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    let answer = front.wire.ask(&format!("GET {path}"), CONSOLE, TOKEN, b"").await;
    let got = answer.split_once("\r\n\r\n").unwrap().1.bytes().filter(|&b| b == b'x').count();
    assert_eq!(got, UPLOAD, "{answer:.200}");
}

async fn a_preview_wakes(front: &Front) {
    let host = front.host(3000);
    let shown = front.wire.ask("GET /", &host, "", b"").await;
    assert!(shown.starts_with("HTTP/1.1 200 ") && shown.contains("<!doctype html"), "{shown}");
    let stop = format!("/v1/sandboxes/{}/stop", front.sandbox);
    front.stack.client.run(Method::POST, &stop, None).await.unwrap();
    let woken = front.wire.ask("GET /", &host, "", b"").await;
    assert!(woken.starts_with("HTTP/1.1 200 "), "{woken}\n{}", front.stack.logs());
    let url = front.stack.preview_url(&front.sandbox).await.unwrap();
    assert_eq!(url, format!("https://{host}:{}/", front.proxy.ports.https));
}

async fn applications_hear_of_the_client(front: &Front) {
    let lies = "x-forwarded-for: 6.6.6.6\r\nx-real-ip: 6.6.6.6\r\nforwarded: for=6.6.6.6\r\n\
                x-forwarded-proto: ftp\r\nx-forwarded-host: evil.test\r\n";
    let seen = front.wire.ask("GET /head", &front.host(4000), lies, b"").await;
    assert!(seen.contains(&format!("x-forwarded-for: {CLIENT}\r\n")), "{seen}");
    assert!(seen.contains("x-forwarded-proto: https"), "{seen}");
    let host = format!("{}:{}", front.host(4000), front.proxy.ports.https);
    assert!(seen.contains(&format!("x-forwarded-host: {host}")), "{seen}");
    assert!(!seen.contains("6.6.6.6") && !seen.contains("evil"), "{seen}");
}

async fn a_socket_echoes(front: &Front) {
    // A key and a version: some proxies pass no half of a handshake (RFC 6455, 4.1).
    let headers = "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let host = front.host(4000);
    let (mut socket, head) = front.wire.open("GET /socket", &host, headers, b"").await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    for word in [b"ping", b"pong"] {
        let mut echo = [0; 4];
        socket.write_all(word).await.unwrap();
        timeout(LIMIT, socket.read_exact(&mut echo)).await.expect("an echo").unwrap();
        assert_eq!(&echo, word);
    }
}

async fn a_stream_passes_at_once(front: &Front) {
    let begun = Instant::now();
    let (mut stream, _) = front.wire.open("GET /stream", &front.host(4000), "", b"").await;
    timeout(AT_ONCE, until(&mut stream, "data: first")).await.expect("a piece at once");
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
}

async fn a_large_body_passes(front: &Front) {
    let body = vec![b'x'; UPLOAD];
    let headers = format!("content-length: {UPLOAD}\r\n");
    let answer = front.wire.ask("POST /count", &front.host(4000), &headers, &body).await;
    assert!(answer.ends_with(&UPLOAD.to_string()), "{answer}");
}

async fn names_of_others_get_nothing(front: &Front) {
    let unknown = format!("s-01jd3v5m8x0000000000000abc-3000.preview.{DOMAIN}");
    let answer = front.wire.ask("GET /", &unknown, "", b"").await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
}

async fn http_leads_to_https(front: &Front) {
    let answer = Command::new("curl")
        .args(["-sS", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", "--max-time", "10"])
        .args(["-H", &format!("Host: {}", front.host(3000))])
        .arg(format!("http://127.0.0.1:{}/a?b", front.proxy.ports.http))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&answer.stdout).into_owned();
    let wanted = format!("https://{}", front.host(3000));
    assert!(said.starts_with("30") && said.contains(&wanted) && said.ends_with("/a?b"), "{said}");
}

fn browsers_speak_http_2(front: &Front, authority: &Path) {
    let (host, port) = (front.host(4000), front.proxy.ports.https);
    let answer = Command::new("curl")
        .args(["-sS", "--http2", "--max-time", "20", "-w", "\n%{http_version}", "--cacert"])
        .arg(authority)
        .args(["--resolve", &format!("{host}:{port}:127.0.0.1")])
        .arg(format!("https://{host}:{port}/head"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&answer.stdout).into_owned();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    assert!(said.contains(&format!("host: {host}:{port}")) && said.ends_with("\n2"), "{said}");
}
