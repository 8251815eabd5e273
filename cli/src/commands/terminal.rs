//! A shell in a sandbox over a WebSocket: what is typed goes there as it is typed.

use std::io::{self, IsTerminal, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::{SinkExt, StreamExt};
use reqwest::Method;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message, protocol::Role};

use crate::client::{Body, Client, Failure, Route};

/// What is sent at a time; the API takes 64 KiB.
const TYPED_MAX: usize = 16 * 1024;
/// Typed at the end of an input that is no terminal: the end of a terminal's input.
const END_OF_INPUT: u8 = 4;

/// A terminal that passes on each key, until it is dropped.
struct Raw {
    before: Termios,
}

impl Raw {
    /// None where standard input is no terminal.
    fn enter() -> io::Result<Option<Self>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Flush, &raw)?;
        Ok(Some(Self { before }))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // There is nothing to be done about one that is gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.before);
    }
}

/// Columns and rows of the user's terminal.
fn size() -> (u16, u16) {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
            (size.ws_col.min(1000), size.ws_row.min(1000))
        }
        _ => (80, 24),
    }
}

/// Runs a shell until it or the connection ends. Gives how it ended.
pub(super) async fn run(client: &Client, sandbox: &str) -> Result<Value, Failure> {
    let (cols, rows) = size();
    let route = Route::v1(["sandboxes", sandbox, "terminal"])
        .with("cols", Some(cols))
        .with("rows", Some(rows));
    let headers = [
        ("connection", "Upgrade".to_owned()),
        ("upgrade", "websocket".to_owned()),
        ("sec-websocket-version", "13".to_owned()),
        ("sec-websocket-key", STANDARD.encode(fastrand::u128(..).to_be_bytes())),
    ];
    let opened = client.open(Method::GET, &route, Body::None, &headers, None).await?;
    if opened.status() != 101 {
        return Err(Failure::Failed("the answer is no WebSocket".into()));
    }
    let upgraded = opened.upgraded().await?;
    let socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await;
    let raw = Raw::enter().map_err(Failure::io("the terminal"))?;
    let ended = shell(socket, raw.is_some()).await;
    drop(raw);
    ended
}

async fn shell(
    mut socket: WebSocketStream<reqwest::Upgraded>,
    is_terminal: bool,
) -> Result<Value, Failure> {
    let mut resized = signal(SignalKind::window_change()).map_err(Failure::io("SIGWINCH"))?;
    let mut typed = tokio::io::stdin();
    let (mut buffer, mut is_open) = (vec![0; TYPED_MAX], true);
    let broken = |error| Failure::Failed(format!("the connection broke off: {error}"));
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Binary(shown))) => {
                    let mut out = io::stdout().lock();
                    out.write_all(&shown).and_then(|()| out.flush())
                        .map_err(Failure::io("the output"))?;
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Ok(serde_json::from_str(&frame.reason).unwrap_or_default());
                }
                Some(Ok(Message::Close(None))) | None => return Ok(Value::Null),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(broken(error)),
            },
            read = typed.read(&mut buffer), if is_open => {
                let count = read.map_err(Failure::io("standard input"))?;
                is_open = count > 0;
                let keys = if is_open { buffer[..count].to_vec() } else { vec![END_OF_INPUT] };
                socket.send(Message::binary(keys)).await.map_err(broken)?;
            },
            _ = resized.recv(), if is_terminal => {
                let (cols, rows) = size();
                let told = json!({ "type": "resize", "cols": cols, "rows": rows });
                socket.send(Message::text(told.to_string())).await.map_err(broken)?;
            },
        }
    }
}
