//! A client of a live stream.

use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

use super::app::in_time;
use super::{Ask, TestApp};

/// One event of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) data: Value,
}

/// An open stream.
pub(crate) struct Sse {
    body: Incoming,
    buffer: String,
}

impl Sse {
    pub(crate) async fn open(app: &TestApp, path: &str) -> Self {
        Self::of(app.ask("GET", path)).await
    }

    /// The stream after the event with this id.
    pub(crate) async fn resume(app: &TestApp, path: &str, id: &str) -> Self {
        Self::of(app.ask("GET", path).header("last-event-id", id)).await
    }

    /// The stream that a request asks for.
    pub(crate) async fn of(ask: Ask) -> Self {
        let response = ask.header("accept", "text/event-stream").open().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(response.headers().contains_key("x-request-id"));
        Self { body: response.into_body(), buffer: String::new() }
    }

    /// The next event; none when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Received> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let event = parse(block);
                self.buffer = rest.to_owned();
                match event {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            let frame = in_time("the next event", self.body.frame()).await?.unwrap();
            if let Ok(data) = frame.into_data() {
                self.buffer.push_str(std::str::from_utf8(&data).unwrap());
            }
        }
    }

    /// What comes next as it is, comments aside.
    pub(crate) async fn next_block(&mut self) -> String {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.buffer = rest;
                if !block.starts_with(':') {
                    return block;
                }
                continue;
            }
            let frame = in_time("what comes next", self.body.frame()).await.unwrap().unwrap();
            if let Ok(data) = frame.into_data() {
                self.buffer.push_str(std::str::from_utf8(&data).unwrap());
            }
        }
    }

    pub(crate) async fn take(&mut self, count: usize) -> Vec<Received> {
        let mut taken = Vec::with_capacity(count);
        while taken.len() < count {
            taken.push(self.next().await.unwrap());
        }
        taken
    }
}

/// None for a comment.
fn parse(block: &str) -> Option<Received> {
    let field = |name: &str| {
        block
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            .map(str::to_owned)
    };
    let (id, kind, data) = (field("id")?, field("event")?, field("data")?);
    Some(Received { id, kind, data: serde_json::from_str(&data).unwrap() })
}
