//! What a program says, as it says it: server-sent events, or a line of JSON each. `stdout` and
//! `stderr` hold a `text`; the last is `exit`, or `error` if the end isn't known.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{StreamExt, unfold};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use sandboxd_shared::ids::SandboxId;
use serde_json::{Value, json};

use crate::limits::Turn;
use crate::node::{Ended, Output, Program, ProgramInput, ProgramOutput, Utf8};
use crate::server::Api;
use crate::web::ApiError;

/// How often a silent stream shows that it lives.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// How it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Events,
    Lines,
}

/// A program on its way.
struct Follower {
    api: Api,
    id: SandboxId,
    _turn: Turn,
    _input: ProgramInput,
    output: ProgramOutput,
    out: Utf8,
    err: Utf8,
    begun: Instant,
    /// What is to be sent before more is read.
    ready: VecDeque<(&'static str, Value)>,
    ended: bool,
}

pub(super) fn answer(
    api: &Api,
    id: SandboxId,
    turn: Turn,
    program: Program,
    form: Form,
) -> Response {
    let follower = Follower {
        api: api.clone(),
        id,
        _turn: turn,
        _input: program.input,
        output: program.output,
        out: Utf8::default(),
        err: Utf8::default(),
        begun: Instant::now(),
        ready: VecDeque::new(),
        ended: false,
    };
    let said = unfold(follower, |mut follower| async move {
        let next = follower.next().await?;
        Some((next, follower))
    });
    match form {
        Form::Events => {
            let events = said.map(|(kind, data)| {
                Ok::<_, Infallible>(Event::default().event(kind).data(data.to_string()))
            });
            let keep_alive = KeepAlive::new().interval(COMMENT_EVERY).text("alive");
            Sse::new(events).keep_alive(keep_alive).into_response()
        }
        Form::Lines => {
            let lines = said.map(|(kind, mut data)| {
                data["type"] = kind.into();
                Ok::<_, Infallible>(format!("{data}\n"))
            });
            let mut response = Body::from_stream(lines).into_response();
            let media = HeaderValue::from_static("application/x-ndjson");
            response.headers_mut().insert(CONTENT_TYPE, media);
            response
        }
    }
}

impl Follower {
    async fn next(&mut self) -> Option<(&'static str, Value)> {
        loop {
            if let Some(next) = self.ready.pop_front() {
                return Some(next);
            }
            if self.ended {
                return None;
            }
            let output = tokio::select! {
                output = self.output.next() => output,
                () = self.api.shutdown.cancelled() => return None,
            };
            self.api.uses.note(self.id);
            self.take(output);
        }
    }

    fn take(&mut self, output: Result<Output, ApiError>) {
        match output {
            Ok(Output::Out(bytes)) => say(&mut self.ready, "stdout", &self.out.take(&bytes)),
            Ok(Output::Err(bytes)) => say(&mut self.ready, "stderr", &self.err.take(&bytes)),
            Ok(Output::End(ended)) => {
                say(&mut self.ready, "stdout", &std::mem::take(&mut self.out).finish());
                say(&mut self.ready, "stderr", &std::mem::take(&mut self.err).finish());
                self.ready.push_back(("exit", exit(ended, self.begun.elapsed())));
                self.ended = true;
            }
            Err(error) => {
                let message = error.to_string();
                self.ready.push_back(("error", json!({ "error": { "message": message } })));
                self.ended = true;
            }
        }
    }
}

fn say(ready: &mut VecDeque<(&'static str, Value)>, kind: &'static str, text: &str) {
    if !text.is_empty() {
        ready.push_back((kind, json!({ "text": text })));
    }
}

fn exit(ended: Ended, duration: Duration) -> Value {
    json!({
        "exit_code": ended.code,
        "signal": ended.signal,
        "timed_out": ended.timed_out,
        "duration_ms": u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
    })
}
