//! Programs and terminals: what goes in, what comes out, and that they end with their client.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use sandboxd_shared::node::frames::{self, END, ERR, OUT, RESIZE, STDIN};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::{BOB, FakeNode, Reply, TestApp, WORKER, in_time};

const NODE: &str = "node-of-the-settings";

pub(crate) struct Ground {
    pub(crate) app: TestApp,
    /// Its path.
    pub(crate) sandbox: String,
    pub(crate) node: FakeNode,
    pub(crate) programs: UnboundedReceiver<DuplexStream>,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        let app = TestApp::new().await;
        let (_, sandbox) = app.running().await;
        app.worker().beat(NODE).await;
        let (node, programs) = FakeNode::with_programs(&app.node_sockets, WORKER);
        Self { app, sandbox: format!("/v1/sandboxes/{sandbox}"), node, programs }
    }

    pub(crate) async fn program(&mut self) -> DuplexStream {
        in_time("a program is started", self.programs.recv()).await.unwrap()
    }

    /// Runs a program that does this, and gives what the client got.
    async fn exec<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        ask: crate::support::Ask,
        program: impl FnOnce(DuplexStream) -> F,
    ) -> Reply {
        let asked = tokio::spawn(ask.send());
        let stream = self.program().await;
        let running = tokio::spawn(program(stream));
        let reply = asked.await.unwrap();
        running.await.unwrap();
        reply
    }

    fn ask(&self, body: &Value) -> crate::support::Ask {
        self.app.ask("POST", &format!("{}/exec", self.sandbox)).json(body)
    }

    async fn terminal(&mut self, query: &str) -> (WebSocketStream<TcpStream>, DuplexStream) {
        self.terminal_by(query, &[("authorization", "Bearer alice-token")]).await
    }

    pub(crate) async fn terminal_by(
        &mut self,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> (WebSocketStream<TcpStream>, DuplexStream) {
        let url = format!("ws://{}{}/terminal{query}", self.app.address, self.sandbox);
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(self.app.address).await.unwrap();
        let (socket, _) =
            in_time("a terminal", tokio_tungstenite::client_async(request, stream)).await.unwrap();
        (socket, self.program().await)
    }
}

async fn say(stream: &mut DuplexStream, kind: u8, bytes: impl AsRef<[u8]>) {
    frames::write(stream, kind, bytes.as_ref()).await.unwrap();
}

pub(crate) async fn end(stream: &mut DuplexStream, code: i32) {
    let end = json!({ "code": code, "signal": null, "timed_out": false }).to_string();
    say(stream, END, end).await;
}

async fn hear(stream: &mut DuplexStream) -> (u8, Vec<u8>) {
    let frame = in_time("a frame", frames::read(stream)).await.unwrap().unwrap();
    (frame.kind, frame.payload)
}

#[tokio::test]
async fn an_ended_program_is_an_answer() {
    let mut ground = Ground::new().await;
    let body = json!({ "cmd": "cat; false", "timeout": "5s", "env": { "A": "1" }, "cwd": "src/" });
    let ask = ground.ask(&body);
    let reply = ground
        .exec(ask, async |mut stream| {
            assert_eq!(hear(&mut stream).await, (STDIN, Vec::new()), "it gets no input");
            say(&mut stream, OUT, b"a\xe2").await;
            say(&mut stream, ERR, "oh").await;
            say(&mut stream, OUT, b"\x82\xac\xff").await;
            end(&mut stream, 7).await;
        })
        .await;
    let mut shown = reply.expect(200).json.clone();
    assert!(shown["duration_ms"].take().is_u64());
    let wanted = json!({
        "exit_code": 7, "signal": null, "timed_out": false, "stdout": "a\u{20ac}\u{fffd}",
        "stderr": "oh", "truncated": false, "duration_ms": null,
    });
    assert_eq!(shown, wanted);
    let asked = ground.node.asked().pop().unwrap();
    let wanted = json!({
        "argv": ["sh", "-c", "cat; false"], "timeout_ms": 5000, "env": { "A": "1" }, "cwd": "src",
    });
    assert_eq!(asked.json(), wanted);
}

#[tokio::test]
async fn output_without_end_is_bounded_and_read_on() {
    let mut ground = Ground::new().await;
    let ask = ground.ask(&json!({ "cmd": "yes" }));
    let reply = ground
        .exec(ask, async |mut stream| {
            for _ in 0..64 {
                say(&mut stream, OUT, vec![b'y'; frames::FRAME_MAX]).await;
            }
            end(&mut stream, 0).await;
        })
        .await;
    assert_eq!(reply.expect(200).json["truncated"], true);
    assert_eq!(reply.json["stdout"].as_str().unwrap().len(), 1 << 20);
}

#[tokio::test]
async fn a_program_may_be_followed_line_by_line() {
    for (media, wanted) in [
        (
            "application/x-ndjson",
            vec![
                "{\"text\":\"a\",\"type\":\"stdout\"}",
                "{\"text\":\"\u{20ac}b\",\"type\":\"stdout\"}",
                "{\"text\":\"oh\",\"type\":\"stderr\"}",
            ],
        ),
        (
            "text/event-stream",
            vec![
                "event: stdout",
                "data: {\"text\":\"a\"}",
                "event: stdout",
                "data: {\"text\":\"\u{20ac}b\"}",
                "event: stderr",
                "data: {\"text\":\"oh\"}",
            ],
        ),
    ] {
        let mut ground = Ground::new().await;
        let ask = ground.ask(&json!({ "cmd": ["x"] })).header("accept", media);
        let opened = tokio::spawn(ask.open());
        let mut stream = ground.program().await;
        let response = opened.await.unwrap();
        assert_eq!(response.headers()["content-type"], media);
        say(&mut stream, OUT, b"a\xe2\x82").await;
        let mut body = response.into_body();
        // The first is there before the second is said.
        let first = in_time("the first", body.frame()).await.unwrap().unwrap();
        let mut text = String::from_utf8(first.into_data().unwrap().to_vec()).unwrap();
        say(&mut stream, OUT, b"\xacb").await;
        say(&mut stream, ERR, "oh").await;
        end(&mut stream, 0).await;
        let rest = in_time("the rest", body.collect()).await.unwrap().to_bytes();
        text.push_str(std::str::from_utf8(&rest).unwrap());
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines[..wanted.len()], wanted);
        let last = lines.last().unwrap();
        assert!(last.contains("\"exit_code\":0") && last.contains("duration_ms"), "{last}");
    }
}

#[tokio::test]
async fn a_program_ends_with_its_client() {
    for accept in ["application/json", "application/x-ndjson", "text/event-stream"] {
        let mut ground = Ground::new().await;
        let mut client = TcpStream::connect(ground.app.address).await.unwrap();
        let head = format!(
            "POST {}/exec HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer alice-token\r\n\
             accept: {accept}\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n\
             {{\"cmd\":\"top\"}}",
            ground.sandbox
        );
        client.write_all(head.as_bytes()).await.unwrap();
        let mut stream = ground.program().await;
        assert_eq!(hear(&mut stream).await, (STDIN, Vec::new()));
        say(&mut stream, OUT, "going").await;
        drop(client);
        let left = in_time("its program is let go of", stream.read_u8()).await;
        assert!(left.is_err(), "{accept}");
    }
}

#[tokio::test]
async fn a_sandbox_that_breaks_off_or_lies_is_502() {
    let mut ground = Ground::new().await;
    let ask = ground.ask(&json!({ "cmd": "x" }));
    let reply = ground.exec(ask, async |stream| drop(stream)).await;
    reply.expect_error(502, "sandbox_unavailable");
    for lie in [&b"\x01\xff\xff\xff\xff"[..], b"\x03\0\0\0\x02[]", b"\x09\0\0\0\0"] {
        let ask = ground.ask(&json!({ "cmd": "x" }));
        let reply = ground
            .exec(ask, async |mut stream| {
                stream.write_all(lie).await.unwrap();
                let _ = stream.read_to_end(&mut Vec::new()).await;
            })
            .await;
        reply.expect_error(502, "sandbox_unavailable");
    }
}

#[tokio::test]
async fn a_program_is_run_once_for_its_key() {
    let mut ground = Ground::new().await;
    let keyed = |ground: &Ground, cmd: &str| {
        ground.ask(&json!({ "cmd": cmd })).header("idempotency-key", "k1")
    };
    let ask = keyed(&ground, "make");
    let first = ground
        .exec(ask, async |mut stream| {
            say(&mut stream, OUT, vec![b'm'; 100_000]).await;
            end(&mut stream, 3).await;
        })
        .await;
    assert_eq!(first.expect(200).json["stdout"].as_str().unwrap().len(), 100_000);
    let again = keyed(&ground, "make").send().await;
    assert_eq!(again.expect(200).header("idempotency-replayed"), "true");
    assert_eq!((&again.json["exit_code"], &again.json["truncated"]), (&json!(3), &json!(true)));
    keyed(&ground, "other").send().await.expect_error(422, "idempotency_mismatch");
    let stream = keyed(&ground, "make").header("accept", "text/event-stream");
    stream.send().await.expect_field("Idempotency-Key");
    assert_eq!(ground.node.asked().len(), 1);
}

#[tokio::test]
async fn a_terminal_carries_bytes_sizes_and_the_end() {
    let mut ground = Ground::new().await;
    let (mut socket, mut stream) = ground.terminal("?cols=100&rows=40").await;
    let asked = ground.node.asked().pop().unwrap().json();
    assert_eq!(asked["pty"], json!({ "cols": 100, "rows": 40 }));
    assert_eq!(asked.get("timeout_ms"), None);
    socket.send(Message::binary(&b"ls\r"[..])).await.unwrap();
    assert_eq!(hear(&mut stream).await, (STDIN, b"ls\r".to_vec()));
    for nonsense in ["{\"type\":\"resize\",\"cols\":0,\"rows\":1}", "{}", "x"] {
        socket.send(Message::text(nonsense)).await.unwrap();
    }
    // An empty one would be the end of the input.
    socket.send(Message::binary(&b""[..])).await.unwrap();
    socket.send(Message::text("{\"type\":\"resize\",\"cols\":5,\"rows\":6}")).await.unwrap();
    let (kind, size) = hear(&mut stream).await;
    assert_eq!(
        (kind, serde_json::from_slice(&size).unwrap()),
        (RESIZE, json!({ "cols": 5, "rows": 6 }))
    );
    say(&mut stream, OUT, b"a\xff").await;
    let shown = in_time("output", socket.next()).await.unwrap().unwrap();
    assert_eq!(shown, Message::binary(&b"a\xff"[..]));
    end(&mut stream, 4).await;
    let Message::Close(Some(close)) = in_time("the end", socket.next()).await.unwrap().unwrap()
    else {
        panic!("a close")
    };
    assert_eq!(close.reason.as_str(), "{\"exit_code\":4,\"signal\":null}");
}

#[tokio::test]
async fn a_terminal_ends_with_its_client() {
    let mut ground = Ground::new().await;
    let (socket, mut stream) = ground.terminal("").await;
    drop(socket);
    assert!(in_time("it is let go of", stream.read_u8()).await.is_err());
    let (mut socket, mut stream) = ground.terminal("").await;
    socket.close(None).await.unwrap();
    assert!(in_time("it is let go of", stream.read_u8()).await.is_err());
    // A message that is too long is not taken to pieces.
    let (mut socket, mut stream) = ground.terminal("").await;
    socket.send(Message::binary(vec![0; 65 * 1024])).await.unwrap();
    assert!(in_time("it is let go of", stream.read_u8()).await.is_err());
}

#[tokio::test]
async fn a_terminal_that_shows_much_waits_for_its_client() {
    let mut ground = Ground::new().await;
    let (mut socket, mut stream) = ground.terminal("").await;
    // Nobody reads: what is on the way is bounded, and then the program waits.
    let mut said = 0usize;
    while let Ok(written) = tokio::time::timeout(
        Duration::from_millis(500),
        frames::write(&mut stream, OUT, &vec![b'x'; frames::FRAME_MAX]),
    )
    .await
    {
        written.unwrap();
        said += frames::FRAME_MAX;
        assert!(said < 64 << 20, "it is read without end");
    }
    let mut got = 0;
    while got < said {
        match in_time("output", socket.next()).await.unwrap().unwrap() {
            Message::Binary(bytes) => got += bytes.len(),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_terminal_is_refused_before_it_is_switched() {
    let ground = Ground::new().await;
    let open = async |path: &str, headers: &[(&str, &str)]| {
        let mut request =
            format!("ws://{}{path}", ground.app.address).into_client_request().unwrap();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(ground.app.address).await.unwrap();
        match tokio_tungstenite::client_async(request, stream).await {
            Err(Error::Http(response)) => response.status().as_u16(),
            other => panic!("{other:?}"),
        }
    };
    let path = format!("{}/terminal", ground.sandbox);
    let alice = ("authorization", "Bearer alice-token");
    let bob = format!("Bearer {BOB}");
    assert_eq!(open(&path, &[alice, ("origin", "http://evil.example")]).await, 401);
    assert_eq!(open(&path, &[("authorization", &bob)]).await, 404);
    assert_eq!(open(&path, &[]).await, 401);
    assert_eq!(open(&format!("{path}?cols=0"), &[alice]).await, 400);
    let plain = ground.app.get(&path).await;
    plain.expect_error(400, "invalid_request");
    assert!(ground.node.asked().is_empty());
}
