//! Files, export, programs, terminals and logs on a real engine, for sandboxes that run and that
//! are stopped, with what a hostile sandbox and a killed worker do to them.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use hyper::{Method, StatusCode};
use sandboxd_tests::Stack;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// How long a held-up session may hold up an operation, with the operation itself.
const START_LIMIT: Duration = Duration::from_secs(5);
const LIMIT: Duration = Duration::from_secs(20);

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

struct Ground {
    stack: Stack,
    app: String,
    sandbox: String,
}

impl Ground {
    /// An installation with a running sandbox over the template `blank`.
    async fn new() -> Self {
        let stack = Stack::start().await.unwrap();
        let app = stack.client.post("/v1/apps", &json!({ "name": "Shop" })).await.unwrap();
        let app = text(&app.json(), "id");
        let path = format!("/v1/apps/{app}/sandbox");
        let body = json!({ "template": "blank" });
        let made = stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
        Self { stack, app, sandbox: text(&made, "sandbox_id") }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/sandboxes/{}/{rest}", self.sandbox)
    }

    async fn act(&self, what: &str) {
        self.stack.client.run(Method::POST, &self.path(what), None).await.unwrap();
    }

    async fn put(&self, path: &str, bytes: impl Into<bytes::Bytes>) -> StatusCode {
        let path = self.path(&format!("files/content?path={path}"));
        let answer = self.stack.client.put(&path, bytes).await.unwrap();
        assert!(answer.status.is_success(), "{path}: {}\n{}", answer.text(), self.stack.logs());
        answer.status
    }

    async fn get(&self, path: &str) -> String {
        let answer = self.try_get(path).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{path}: {}\n{}",
            answer.text(),
            self.stack.logs()
        );
        answer.text()
    }

    async fn try_get(&self, path: &str) -> sandboxd_tests::Answer {
        let path = self.path(&format!("files/content?path={path}"));
        self.stack.client.get(&path).await.unwrap()
    }

    async fn list(&self, query: &str) -> Vec<String> {
        let answer = self.stack.client.get(&self.path(&format!("files?{query}"))).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{}\n{}", answer.text(), self.stack.logs());
        let found = answer.json();
        assert_eq!(found["truncated"], false);
        found["entries"].as_array().unwrap().iter().map(|entry| text(entry, "path")).collect()
    }

    async fn delete(&self, query: &str) -> sandboxd_tests::Answer {
        self.stack.client.delete(&self.path(&format!("files?{query}"))).await.unwrap()
    }

    async fn exec(&self, body: &Value) -> Value {
        let answer = self.stack.client.post(&self.path("exec"), body).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{}\n{}", answer.text(), self.stack.logs());
        answer.json()
    }

    async fn sh(&self, line: &str) -> String {
        let said = self.exec(&json!({ "cmd": line })).await;
        assert_eq!(said["exit_code"], 0, "{line}: {said}");
        text(&said, "stdout").trim_end().to_owned()
    }

    /// Whether a program with these words runs in the sandbox.
    async fn runs(&self, words: &str) -> bool {
        let line =
            format!("ps -eo args | grep -F '{words}' | grep -vF grep | grep -vF 'sh -c' || true");
        !self.sh(&line).await.is_empty()
    }

    async fn capture(&self, name: &str) -> String {
        let body = json!({ "source_sandbox_id": self.sandbox, "name": name });
        let made = self.stack.client.run(Method::POST, "/v1/snapshots", Some(&body)).await.unwrap();
        text(&made, "snapshot_id")
    }

    /// The processes that serve files of stopped sandboxes.
    fn sessions(&self) -> Vec<i32> {
        let bins = self.stack.settings.bins.join("sandbox-init");
        std::fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|pid: &i32| {
                std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == bins)
                    && std::fs::read(format!("/proc/{pid}/cmdline"))
                        .is_ok_and(|line| line.split(|b| *b == 0).nth(1) == Some(&b"files"[..]))
                    && self.is_ours(*pid)
            })
            .collect()
    }

    /// Other suites run on the same host: whose locks it holds tells them apart.
    fn is_ours(&self, pid: i32) -> bool {
        let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        open.flatten().any(|fd| {
            std::fs::read_link(fd.path()).is_ok_and(|target| target.starts_with(&self.stack.data))
        })
    }
}

async fn the_same_files(ground: &Ground) {
    assert_eq!(ground.put("note", "one").await, StatusCode::CREATED);
    assert_eq!(ground.put("note", "two").await, StatusCode::OK);
    assert_eq!(ground.put("deep/er/%E2%82%AC%20x", "euro").await, StatusCode::CREATED);
    let big: Vec<u8> = (0..5_000_000u32).map(|n| (n / 7).to_le_bytes()[0]).collect();
    ground.put("big", big.clone()).await;
    assert_eq!(ground.get("note").await, "two");
    assert_eq!(ground.get("deep/er/%E2%82%AC%20x").await, "euro");
    assert!(ground.try_get("big").await.body == big);
    let all = ground.list("recursive=true").await;
    for path in ["big", "deep", "deep/er", "deep/er/\u{20ac} x", "note"] {
        assert!(all.contains(&path.to_owned()), "{path} in {all:?}");
    }
    assert_eq!(ground.list("path=deep").await, ["deep/er"]);

    let refused = ground.delete("path=deep").await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    for (query, status) in [
        ("path=deep&recursive=true", StatusCode::NO_CONTENT),
        ("path=deep", StatusCode::NOT_FOUND),
        ("path=big", StatusCode::NO_CONTENT),
    ] {
        assert_eq!(ground.delete(query).await.status, status, "{query}");
    }
    for (path, status) in [
        ("big", StatusCode::NOT_FOUND),
        (".", StatusCode::BAD_REQUEST),
        ("note/x", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(ground.try_get(path).await.status, status, "{path}");
    }
    assert!(!ground.list("recursive=true").await.iter().any(|path| path.starts_with("deep")));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_the_same_whether_the_sandbox_runs_or_not() {
    let ground = Ground::new().await;
    the_same_files(&ground).await;
    assert_eq!(ground.sh("cat note; stat -c %a:%U note").await, "two644:sandbox");
    ground.put("run.sh&mode=0755", "#!/bin/sh\necho ran\n").await;
    assert_eq!(ground.sh("./run.sh").await, "ran");

    ground.act("stop").await;
    the_same_files(&ground).await;
    ground.put("offline", "written while stopped").await;
    assert!(ground.stack.docker.containers().is_empty(), "nothing was woken for that");
    assert!(ground.stack.docker.volumes().is_empty());
    assert_eq!(ground.sessions(), Vec::<i32>::new(), "nothing is left of a session");

    // What was written while stopped is captured, and is there elsewhere.
    let snapshot = ground.capture("with offline").await;
    assert_eq!(ground.delete("path=offline").await.status, StatusCode::NO_CONTENT);
    let fork = format!("/v1/apps/{}/fork", ground.app);
    let body = json!({ "snapshot_id": snapshot, "git": "keep" });
    let forked = ground.stack.client.run(Method::POST, &fork, Some(&body)).await.unwrap();
    let child = text(&forked["result"]["children"][0]["sandbox"], "id");
    assert_eq!(ground.stack.docker.sh(&child, "cat offline note"), "written while stoppedtwo");

    ground.act("start").await;
    let listed = ground.sh("ls; stat -c %U:%a note").await;
    assert!(!listed.contains("offline") && listed.ends_with("sandbox:644"), "{listed}");
    let restore = format!("/v1/apps/{}/restore", ground.app);
    let body = json!({ "snapshot_id": snapshot });
    ground.stack.client.run(Method::POST, &restore, Some(&body)).await.unwrap();
    assert_eq!(ground.sh("cat offline").await, "written while stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_unpacks_with_modes_and_links() {
    let ground = Ground::new().await;
    ground
        .sh("mkdir -p src/empty; echo a > src/a; printf '#!/bin/sh\\n' > run; chmod 750 run; \
             ln -s src/a link; ln -s /etc/hostname out; mkfifo pipe; head -c 300000 /dev/zero > z")
        .await;
    let python = "import sys,zipfile,io\n\
        z=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))\n\
        assert z.testzip() is None\n\
        for i in sorted(z.infolist(), key=lambda i: i.filename):\n\
        \x20   m=i.external_attr>>16\n\
        \x20   if not i.filename.startswith('.git'): print(i.filename, oct(m), i.file_size)\n";
    let mut seen = Vec::new();
    for stopped in [false, true] {
        if stopped {
            ground.act("stop").await;
        }
        let zip = ground.stack.client.get(&ground.path("export")).await.unwrap();
        assert_eq!(zip.status, StatusCode::OK, "{}", zip.text());
        assert_eq!(zip.header("content-disposition"), "attachment; filename*=UTF-8''Shop%2Ezip");
        let mut unzip = Command::new("python3")
            .args(["-c", python])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        unzip.stdin.take().unwrap().write_all(&zip.body).unwrap();
        let out = unzip.wait_with_output().unwrap();
        assert!(out.status.success());
        seen.push(String::from_utf8(out.stdout).unwrap());
    }
    assert_eq!(seen[0], seen[1]);
    let lines: Vec<&str> = seen[0].lines().collect();
    for wanted in [
        "link 0o120777 5",
        "out 0o120777 13",
        "run 0o100750 10",
        "src/a 0o100644 2",
        "z 0o100644 300000",
    ] {
        assert!(lines.contains(&wanted), "{wanted} in {lines:?}");
    }
    assert!(lines.iter().any(|line| line.starts_with("src/empty/ 0o40755")), "{lines:?}");
    assert!(!seen[0].contains("pipe"));
}

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_nowhere_outside_of_the_app_folder() {
    let ground = Ground::new().await;
    let secret = ground.stack.data.join("secret");
    std::fs::write(&secret, "of the host").unwrap();
    let host = secret.display().to_string();
    ground
        .sh(&format!(
            "ln -s {host} abs; ln -s /etc/hostname name; ln -s / root; ln -s .. up; ln -s ../.. upper; \
             ln -s /proc/self/root{host} magic; ln -s /proc/1/cwd cwd; mkdir in; echo own > in/own; \
             ln -s in inside; ln -s loop loop; ln -s ../../../../../../../../{host} dots"
        ))
        .await;
    for stopped in [false, true] {
        if stopped {
            ground.act("stop").await;
        }
        assert_eq!(ground.get("inside/own").await, "own\n", "a link inside is as good as a folder");
        for path in [
            "abs".to_owned(),
            "name".into(),
            "magic".into(),
            "dots".into(),
            "loop".into(),
            format!("root{host}"),
            "root/etc/hostname".into(),
            "up/.sandboxd".into(),
            "upper/x".into(),
            "cwd/x".into(),
            "up/app/in/own".into(),
            format!("magic/..{host}"),
        ] {
            let read = ground.try_get(&path).await;
            assert!(read.status.is_client_error(), "{path}: {} {}", read.status, read.text());
            assert!(!read.text().contains("of the host"), "{path}");
            if !["abs", "name", "magic", "dots", "loop"].contains(&path.as_str()) {
                let write = ground.path(&format!("files/content?path={path}"));
                let write = ground.stack.client.put(&write, "evil").await.unwrap();
                assert!(
                    write.status.is_client_error(),
                    "{path}: {} {}",
                    write.status,
                    write.text()
                );
                let gone = ground.delete(&format!("path={path}&recursive=true")).await;
                assert!(gone.status.is_client_error(), "{path}: {} {}", gone.status, gone.text());
            }
        }
        for folder in ["root", "up", "upper", "cwd"] {
            let list = ground.path(&format!("files?path={folder}&recursive=true"));
            let listed = ground.stack.client.get(&list).await.unwrap();
            assert!(
                listed.status.is_client_error(),
                "{folder}: {} {}",
                listed.status,
                listed.text()
            );
        }
        assert!(!ground.list("recursive=true").await.iter().any(|path| path.contains("hostname")));
        // A link is written over and removed itself.
        if stopped {
            ground.put("abs", "now a file").await;
            assert_eq!(ground.get("abs").await, "now a file");
            assert_eq!(ground.delete("path=root&recursive=true").await.status, 204);
            assert_eq!(ground.delete("path=magic").await.status, 204);
        }
    }
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "of the host");
    assert!(!std::fs::read_to_string("/etc/hostname").unwrap().contains("evil"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_leaves_nothing_of_a_session() {
    let mut ground = Ground::new().await;
    ground.sh("head -c 20000000 /dev/urandom > big").await;
    ground.act("stop").await;
    let export = ground.path("export");
    let slow = ground.stack.client.open(Method::GET, &export, &[], &Value::Null).await.unwrap();
    assert_eq!(ground.sessions().len(), 1, "a session waits for its client");
    for worker in &mut ground.stack.workers {
        worker.kill().unwrap();
    }
    let until = Instant::now() + LIMIT;
    while !ground.sessions().is_empty() {
        assert!(Instant::now() < until, "the session outlives its worker");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(slow.into_body().collect().await.is_err(), "half an export is no export");
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
    assert!(!mounts.contains(&ground.stack.data.display().to_string()), "{mounts}");
    ground.stack.workers.clear();
    ground.stack.start_worker(&[]).unwrap();
    ground.act("start").await;
    assert_eq!(ground.sh("stat -c %s big").await, "20000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_holds_up_no_operation() {
    let ground = Ground::new().await;
    ground.sh("head -c 20000000 /dev/urandom > big").await;
    ground.act("stop").await;
    let path = ground.path("files/content?path=big");
    let slow = ground.stack.client.open(Method::GET, &path, &[], &Value::Null).await.unwrap();
    assert_eq!(ground.sessions().len(), 1);
    let begun = Instant::now();
    ground.act("start").await;
    let took = begun.elapsed();
    println!("a start with a session in the way: {took:?}");
    assert!(took < START_LIMIT, "{took:?}");
    assert!(slow.into_body().collect().await.is_err(), "half a file is no file");
    assert_eq!(ground.sh("stat -c %s big").await, "20000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_run_are_followed_time_out_and_end_with_their_client() {
    let ground = Ground::new().await;
    let said = ground
        .exec(&json!({
            "cmd": ["sh", "-c", "pwd; echo $A >&2; exit 3"], "env": { "A": "b c" }, "cwd": ".",
        }))
        .await;
    assert_eq!(said["exit_code"], 3);
    assert_eq!(
        (&said["stdout"], &said["stderr"]),
        (&json!("/home/sandbox/app\n"), &json!("b c\n"))
    );
    let missing = json!({ "cmd": ["no-such-program"] });
    let missing = ground.stack.client.post(&ground.path("exec"), &missing).await.unwrap();
    assert_eq!(missing.status, StatusCode::BAD_REQUEST, "{}", missing.text());
    assert_eq!(missing.json()["error"]["details"]["field"], "cmd");

    let begun = Instant::now();
    let timed_out = ground.exec(&json!({ "cmd": "sleep 1234", "timeout": "1s" })).await;
    assert_eq!(timed_out["timed_out"], true, "{timed_out}");
    assert!(begun.elapsed() < Duration::from_secs(6));
    assert!(!ground.runs("sleep 1234").await);

    let headers = [("accept", "application/x-ndjson")];
    let body = json!({ "cmd": "echo first; exec sleep 4321", "timeout": "1h" });
    let exec = ground.path("exec");
    let response = ground.stack.client.open(Method::POST, &exec, &headers, &body).await.unwrap();
    let mut lines = response.into_body();
    let first = lines.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, "{\"text\":\"first\\n\",\"type\":\"stdout\"}\n");
    assert!(ground.runs("sleep 4321").await);
    drop(lines);
    let until = Instant::now() + LIMIT;
    while ground.runs("sleep 4321").await {
        assert!(Instant::now() < until, "the program outlives its client");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let bobs = ground.stack.client.with_token("bob-token-for-tests");
    assert_eq!(bobs.post(&exec, &json!({ "cmd": "id" })).await.unwrap().status, 404);
    assert_eq!(bobs.get(&ground.path("files")).await.unwrap().status, 404);

    ground.act("stop").await;
    let stopped = ground.stack.client.post(&exec, &json!({ "cmd": "id" })).await.unwrap();
    assert_eq!(stopped.status, StatusCode::CONFLICT);
    assert_eq!(stopped.json()["error"]["details"]["status"], "stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_one() {
    let ground = Ground::new().await;
    let (address, token) = ground.stack.client.api();
    let url = format!("ws://{address}{}?cols=91&rows=37", ground.path("terminal"));
    let mut request = url.into_client_request().unwrap();
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    socket.send(Message::binary(&b"stty size; tty\n"[..])).await.unwrap();
    shows(&mut socket, "37 91").await;
    socket.send(Message::text("{\"type\":\"resize\",\"cols\":132,\"rows\":50}")).await.unwrap();
    socket.send(Message::binary(&b"stty size\n"[..])).await.unwrap();
    shows(&mut socket, "50 132").await;
    // ^C reaches what runs in it.
    socket.send(Message::binary(&b"sleep 7777\n"[..])).await.unwrap();
    shows(&mut socket, "sleep 7777").await;
    socket.send(Message::binary(&b"\x03"[..])).await.unwrap();
    socket.send(Message::binary(&b"exit 5\n"[..])).await.unwrap();
    let end = tokio::time::timeout(LIMIT, async {
        loop {
            if let Message::Close(close) = socket.next().await.unwrap().unwrap() {
                return close.unwrap().reason.to_string();
            }
        }
    });
    assert_eq!(end.await.unwrap(), "{\"exit_code\":5,\"signal\":null}");
}

/// Waits until a terminal has shown something.
async fn shows(socket: &mut tokio_tungstenite::WebSocketStream<TcpStream>, wanted: &str) {
    let mut seen = String::new();
    let waited = tokio::time::timeout(LIMIT, async {
        while !seen.contains(wanted) {
            if let Message::Binary(bytes) = socket.next().await.unwrap().unwrap() {
                seen.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
    });
    assert!(waited.await.is_ok(), "{wanted:?} isn't in {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_read_and_followed() {
    let ground = Ground::new().await;
    ground.sh("mkfifo wait").await;
    let printing = "echo printed-first; cat wait; echo printed-later; sleep 9999";
    ground.put("sandbox.yaml", format!("command: [sh, -c, \"{printing}\"]\n")).await;
    let logs = ground.path("logs");
    let until = Instant::now() + LIMIT;
    while !ground.stack.client.get(&logs).await.unwrap().text().contains("printed-first") {
        assert!(Instant::now() < until, "{}", ground.stack.client.get(&logs).await.unwrap().text());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let follow = format!("{logs}?follow=true");
    let followed = ground.stack.client.open(Method::GET, &follow, &[], &Value::Null).await.unwrap();
    let mut body = followed.into_body();
    ground.sh("echo x > wait").await;
    let mut seen = String::new();
    let waited = tokio::time::timeout(LIMIT, async {
        while !seen.contains("printed-later") {
            let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
            seen.push_str(&String::from_utf8_lossy(&piece));
        }
    });
    assert!(waited.await.is_ok(), "{seen}");
    assert!(seen.contains("printed-first"), "{seen}");
}
