//! The fake model as a server: on a thread of a suite, or as a program.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use axum::extract::{DefaultBodyLimit, OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::script::Script;
use super::turn::Turn;
use super::{Log, Request, chat, gemini, messages, responses};
use crate::Internet;

/// Agents send all they know with each request.
const BODY_MAX: usize = 32 * 1024 * 1024;

/// A fake model that runs. Ends when dropped.
#[derive(Debug)]
pub struct FakeModel {
    /// Where it is: `ANTHROPIC_BASE_URL` and `GOOGLE_GEMINI_BASE_URL` of its clients.
    pub base_url: String,
    /// What it was asked.
    pub log: Arc<Log>,
    stop: CancellationToken,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl FakeModel {
    /// Starts one in the internet, where sandboxes reach it.
    ///
    /// # Errors
    /// If there is no free port.
    pub fn start(internet: &Internet) -> anyhow::Result<Self> {
        let address = internet.address(2);
        let listener = internet.within(|| TcpListener::bind((address, 0)))??;
        Self::start_on(listener)
    }

    /// Starts one on a socket.
    ///
    /// # Errors
    /// I/O.
    pub fn start_on(listener: TcpListener) -> anyhow::Result<Self> {
        let base_url = format!("http://{}", listener.local_addr()?);
        let (log, stop) = (Arc::new(Log::default()), CancellationToken::new());
        let (kept, stopped) = (Arc::clone(&log), stop.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        // A thread of its own: suites may block theirs.
        let thread = std::thread::spawn(move || {
            let served = runtime.block_on(stopped.run_until_cancelled(serve(listener, kept)));
            if let Some(Err(error)) = served {
                eprintln!("the fake model ended: {error:#}");
            }
        });
        Ok(Self { base_url, log, stop, thread: Some(thread) })
    }

    /// `OPENAI_BASE_URL` of its clients.
    #[must_use]
    pub fn openai_url(&self) -> String {
        format!("{}/v1", self.base_url)
    }

    /// How often a prompt was sent to it.
    #[must_use]
    pub fn sent(&self, prompt: &str) -> usize {
        self.log.prompts().get(prompt).copied().unwrap_or(0)
    }
}

impl Drop for FakeModel {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Debug, Default)]
struct Model {
    log: Arc<Log>,
    answers: AtomicU64,
}

/// Serves until it is dropped.
///
/// # Errors
/// I/O.
pub async fn serve(listener: TcpListener, log: Arc<Log>) -> anyhow::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let model = Arc::new(Model { log, answers: AtomicU64::new(0) });
    let router = Router::new()
        .route("/_log", get(async |State(model): State<Arc<Model>>| Json(model.log.json())))
        // Some clients look whether anything is there.
        .fallback(get(async || Json(json!({ "object": "list", "data": [] }))).post(answer))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(model);
    axum::serve(listener, router).await.context("serving")
}

async fn answer(
    State(model): State<Arc<Model>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let path = uri.path();
    let end = path.rsplit('/').next().unwrap_or_default();
    let turn = match end {
        "completions" => chat::read(&body),
        "responses" => responses::read(&body),
        "messages" => messages::read(&body),
        "count_tokens" => return Json(json!({ "input_tokens": 100 })).into_response(),
        _ if end.ends_with("enerateContent") => gemini::read(&body, end),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let script = Script::of(&turn.prompt);
    let error = script.error.filter(|(_, once)| !(*once && model.log.has_failed(&turn.prompt)));
    model.log.add(request(path, &headers, &turn, error.is_some()));
    tokio::time::sleep(script.slow).await;
    if let Some((status, _)) = error {
        return failure(status);
    }
    if script.stall.is_some_and(|steps| turn.results.len() >= steps) {
        std::future::pending::<()>().await;
    }
    let reply = turn.reply(&script);
    let id = model.answers.fetch_add(1, Ordering::Relaxed).to_string();
    match end {
        "completions" => chat::answer(&turn, &reply, &id),
        "responses" => responses::answer(&turn, &reply, &id),
        "messages" => messages::answer(&turn, &reply, &id),
        _ => gemini::answer(&turn, &reply),
    }
}

fn request(path: &str, headers: &HeaderMap, turn: &Turn, failed: bool) -> Request {
    let key = ["authorization", "x-api-key", "x-goog-api-key"];
    let key = key.iter().find_map(|name| headers.get(*name)?.to_str().ok()).unwrap_or_default();
    Request {
        path: path.to_owned(),
        key: key.trim_start_matches("Bearer ").to_owned(),
        model: turn.model.clone(),
        prompt: turn.prompt.clone(),
        results: turn.results.len(),
        aside: turn.tools.is_empty(),
        failed,
    }
}

/// A failure in words that all clients read.
fn failure(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let error = json!({ "type": "fake_error", "code": status.as_u16(), "status": "FAKE",
        "message": format!("the fake model fails with {status}") });
    (status, Json(json!({ "type": "error", "error": error }))).into_response()
}
