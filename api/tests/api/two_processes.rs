//! Two API processes write to one database at once: who follows the timeline misses nothing.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Ask, LIMIT, Sse, id};

const TOKEN: &str = "carol-token";
const START: &str = "00000000000000000000000000";

/// A real `sandboxd-api serve`. Killed when dropped.
struct Process {
    address: SocketAddr,
    child: Child,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    async fn start(data: &Path) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_sandboxd-api"))
            .args(["serve", "--bind", &address.to_string()])
            .env("SANDBOXD_DATA_DIR", data)
            .env("SANDBOXD_API_TOKENS", format!("carol={TOKEN}"))
            .env("SANDBOXD_LOG", "error")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let process = Self { address, child };
        let up = async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(LIMIT, up).await.expect("it listens in time");
        process
    }

    fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.address, method, path).token(TOKEN)
    }

    async fn write(&self, count: usize) {
        for number in 0..count {
            let made = self.ask("POST", "/v1/apps").json(&json!({ "name": number.to_string() }));
            made.send().await.expect(201);
        }
    }

    /// The ids of `count` events, page by page after the last that was seen.
    async fn follow(&self, count: usize) -> Vec<String> {
        let (mut seen, mut after) = (Vec::new(), START.to_owned());
        while seen.len() < count {
            let page = self.ask("GET", &format!("/v1/events?limit=7&after={after}")).send().await;
            let events = page.expect(200).json["events"].as_array().unwrap().clone();
            seen.extend(events.iter().map(|event: &Value| id(event, "id")));
            if let Some(last) = seen.last() {
                after.clone_from(last);
            }
        }
        seen
    }

    async fn stream(&self, count: usize) -> Vec<String> {
        let ask = self.ask("GET", &format!("/v1/events?after={START}"));
        let mut stream = Sse::of(ask).await;
        stream.take(count).await.into_iter().map(|event| event.id).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_two_writing_processes_misses_nothing() {
    const EACH: usize = 40;
    const WRITERS: usize = 3;
    const ALL: usize = 2 * EACH * WRITERS;
    let data = tempfile::tempdir().unwrap();
    let (one, other) = (Process::start(data.path()).await, Process::start(data.path()).await);
    fn writes(process: &Process) -> impl Future<Output = Vec<()>> {
        futures::future::join_all((0..WRITERS).map(|_| process.write(EACH)))
    }
    let followed = async {
        tokio::join!(
            writes(&one),
            writes(&other),
            one.follow(ALL),
            other.follow(ALL),
            one.stream(ALL),
            other.stream(ALL),
        )
    };
    let (_, _, paged, paged_too, streamed, streamed_too) =
        tokio::time::timeout(8 * LIMIT, followed).await.expect("all is seen in time");
    assert!(paged.is_sorted_by(|one, other| one < other), "ids grow in commit order");
    let total: Vec<String> = one.follow(ALL).await;
    for seen in [paged, paged_too, streamed, streamed_too] {
        assert_eq!(seen, total);
    }
}
