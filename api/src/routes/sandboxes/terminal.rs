//! `GET /v1/sandboxes/{id}/terminal`: a shell in a sandbox that runs, as a WebSocket. Binary
//! messages are what is typed and what is shown; a text message is `{"type":"resize","cols":…,
//! "rows":…}`. When the shell ends, the reason of the close says how.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use futures::SinkExt;
use futures::stream::{SplitSink, SplitStream, StreamExt};
use http::HeaderMap;
use http::header::ORIGIN;
use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::node::{ExecRequest, Pty};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use utoipa::IntoParams;

use super::stream::used_by;
use crate::auth::{Tenant, is_own_page, until_revoked};
use crate::limits::Turn;
use crate::node::{Output, Program, ProgramInput, ProgramOutput};
use crate::openapi::{Conflict, SandboxUnavailable};
use crate::server::Api;
use crate::web::{ApiError, PathId, Query};

/// The longest message that is taken.
const MESSAGE_MAX: usize = 64 * 1024;
/// How often a silent client is asked whether it is there, and how long it may stay silent.
const PING_EVERY: Duration = Duration::from_secs(30);
const SILENCE_MAX: Duration = Duration::from_secs(90);
/// How long a shell that takes nothing of what is typed may do so, once much is waiting.
const TYPING_MAX: Duration = Duration::from_secs(60);
/// How long the last words may take to be sent.
const FAREWELL: Duration = Duration::from_secs(2);
/// The largest terminal, in columns and in rows.
const SIZE_MAX: u16 = 1000;
/// The shell: bash where there is one.
const SHELL: &str = "if command -v bash >/dev/null; then exec bash; else exec sh; fi";

/// How large it is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OpenTerminal {
    /// 1 to 1000; 80 if not given.
    #[param(minimum = 1, maximum = 1000)]
    cols: Option<u16>,
    /// 1 to 1000; 24 if not given.
    #[param(minimum = 1, maximum = 1000)]
    rows: Option<u16>,
}

impl OpenTerminal {
    fn size(&self) -> Result<Pty, ApiError> {
        let size = Pty { cols: self.cols.unwrap_or(80), rows: self.rows.unwrap_or(24) };
        for (name, given) in [("cols", size.cols), ("rows", size.rows)] {
            if !(1..=SIZE_MAX).contains(&given) {
                return Err(ApiError::field(name, "must be from 1 to 1000"));
            }
        }
        Ok(size)
    }
}

/// What a client says in a text message.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum Told {
    Resize { cols: u16, rows: u16 },
}

/// Opens a terminal
///
/// A shell in a sandbox that runs, as a WebSocket. Binary messages are what is typed and what is shown; a
/// text message is `{"type":"resize","cols":80,"rows":24}`. When the shell ends, the reason of the close
/// is `{"exit_code":0,"signal":null}`; a client that goes ends the shell.
#[utoipa::path(
    get, path = "/v1/sandboxes/{id}/terminal", tag = "programs",
    params(PathId<SandboxId>, OpenTerminal),
    responses(
        (status = 101, description = "The shell runs, and the connection is a WebSocket"),
        Conflict, SandboxUnavailable,
    ),
)]
pub(crate) async fn open_terminal(
    State(api): State<Api>,
    tenant: Tenant,
    turn: Turn,
    PathId(id): PathId<SandboxId>,
    headers: HeaderMap,
    Query(query): Query<OpenTerminal>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let pty = query.size()?;
    if is_foreign(&headers) {
        let message = "a terminal is opened by programs, and by pages of this address only";
        return Err(ErrorBody::new(ErrorCode::Unauthorized, message).into());
    }
    let sandbox = used_by(&api, &tenant, id).await?;
    let upgrade = upgrade.map_err(|_| ApiError::invalid("open it as a WebSocket"))?;
    let wanted = ExecRequest {
        argv: ["sh", "-c", SHELL].map(str::to_owned).to_vec(),
        cwd: None,
        env: std::collections::BTreeMap::new(),
        timeout_ms: None,
        pty: Some(pty),
    };
    let program = Program::start(&api.nodes, &sandbox, &wanted).await?;
    let terminal = Terminal { api, tenant, id, _turn: turn };
    let upgrade = upgrade.max_message_size(MESSAGE_MAX).max_frame_size(MESSAGE_MAX);
    Ok(upgrade.on_upgrade(move |socket| terminal.run(socket, program)))
}

/// Whether a browser sends the request for a page of another origin: it sends cookies along
/// whatever the page (RFC 6455, 10.2).
fn is_foreign(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) && !is_own_page(headers)
}

struct Terminal {
    api: Api,
    tenant: Tenant,
    id: SandboxId,
    _turn: Turn,
}

impl Terminal {
    /// Runs until the shell ends, the client goes or may not be here any more, or the process goes
    /// down. Then both are dropped, which ends the shell.
    async fn run(self, socket: WebSocket, program: Program) {
        let Program { input, output } = program;
        let (mut sink, stream) = socket.split();
        // One at a time: the next ping waits for the last to be sent.
        let (ask, asked) = mpsc::channel(1);
        let close = tokio::select! {
            close = show(output, &mut sink, asked) => close,
            () = self.listen(stream, input, ask) => Some(closing(close_code::NORMAL, "")),
            () = until_revoked(&self.api, &self.tenant) => {
                Some(closing(close_code::POLICY, "what it was opened with has ended"))
            }
            () = self.api.shutdown.cancelled() => {
                Some(closing(close_code::RESTART, "the API is going down"))
            }
        };
        if let Some(close) = close {
            let _ = timeout(FAREWELL, sink.send(Message::Close(Some(close)))).await;
        }
    }

    /// Passes on what the client types. Ends when it goes.
    async fn listen(
        &self,
        mut stream: SplitStream<WebSocket>,
        mut input: ProgramInput,
        ask: mpsc::Sender<()>,
    ) {
        let mut heard = Instant::now();
        let mut ping_at = heard + PING_EVERY;
        loop {
            let message = tokio::select! {
                message = stream.next() => message,
                () = sleep_until(ping_at) => {
                    if heard.elapsed() >= SILENCE_MAX {
                        return;
                    }
                    let _ = ask.try_send(());
                    ping_at = Instant::now() + PING_EVERY;
                    continue;
                }
            };
            heard = Instant::now();
            let taken = match message {
                Some(Ok(Message::Binary(bytes))) if !bytes.is_empty() => {
                    self.api.uses.note(self.id);
                    let sent = timeout(TYPING_MAX, input.send(&bytes)).await;
                    let Ok(sent) = sent else { return };
                    sent
                }
                Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                    Ok(Told::Resize { cols, rows })
                        if (1..=SIZE_MAX).contains(&cols) && (1..=SIZE_MAX).contains(&rows) =>
                    {
                        input.resize(Pty { cols, rows }).await
                    }
                    // What can't be understood changes nothing.
                    _ => Ok(()),
                },
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => Ok(()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            };
            if taken.is_err() {
                // The shell has ended; its end is on the way.
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Shows what the shell prints until it ends, and says how it did; none if the client is gone.
async fn show(
    mut output: ProgramOutput,
    sink: &mut SplitSink<WebSocket, Message>,
    mut asked: mpsc::Receiver<()>,
) -> Option<CloseFrame> {
    // A task of its own would be needed to drop a read half-way; so it is begun once.
    let mut next = Box::pin(read(&mut output));
    loop {
        let message = tokio::select! {
            (read, output) = &mut next => {
                let message = match read {
                    Ok(Output::Out(bytes) | Output::Err(bytes)) => Message::Binary(bytes.into()),
                    Ok(Output::End(ended)) => {
                        let reason = json!({ "exit_code": ended.code, "signal": ended.signal });
                        return Some(closing(close_code::NORMAL, &reason.to_string()));
                    }
                    Err(error) => {
                        return Some(closing(close_code::ERROR, &error.to_string()));
                    }
                };
                next.set(self::read(output));
                message
            }
            Some(()) = asked.recv() => Message::Ping(Default::default()),
        };
        sink.send(message).await.ok()?;
    }
}

/// Reads the next piece, and gives the reader back.
async fn read(output: &mut ProgramOutput) -> (Result<Output, ApiError>, &mut ProgramOutput) {
    (output.next().await, output)
}

fn closing(code: u16, reason: &str) -> CloseFrame {
    // A close has room for 123 bytes (RFC 6455, 5.5).
    let reason: String = reason.chars().take(100).collect();
    CloseFrame { code, reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use http::header::HOST;

    use super::*;

    #[test]
    fn other_origins_are_foreign() {
        let foreign = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "box.test:9090".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            is_foreign(&headers)
        };
        assert!(!foreign(None));
        assert!(!foreign(Some("http://box.test:9090")));
        for other in ["http://box.test", "http://evil.test:9090", "null", ""] {
            assert!(foreign(Some(other)), "{other}");
        }
    }
}
