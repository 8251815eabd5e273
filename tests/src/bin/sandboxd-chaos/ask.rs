//! Asking until there is an answer that says what became of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::Method;
use sandboxd_tests::{Answer, Client};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

/// How long one try may take: the API may be stopped.
const TRY_LIMIT: Duration = Duration::from_secs(10);
/// How long asking goes on.
const ASK_LIMIT: Duration = Duration::from_secs(60);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(150);

/// What became of a request.
#[derive(Debug)]
pub(crate) enum Answered {
    /// A 2xx.
    Yes(Value),
    /// A 4xx: nothing was done.
    No(u16, String),
    /// No answer that says.
    Unknown,
}

/// Speaks to the API as one of the load's users.
#[derive(Debug)]
pub(crate) struct Asker {
    client: Client,
    name: String,
    keys: AtomicU64,
}

impl Asker {
    pub(crate) fn new(client: Client, name: String) -> Self {
        Self { client, name, keys: AtomicU64::new(0) }
    }

    /// One request, once.
    pub(crate) async fn once(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Option<Answer> {
        let request = self.client.request(method, path, headers, body);
        timeout(TRY_LIMIT, request).await.ok()?.ok()
    }

    /// Reads something; none if it can't be read now.
    pub(crate) async fn get(&self, path: &str) -> Option<Answer> {
        self.once(Method::GET, path, &[], None).await
    }

    /// Writes a file, once; none if no answer says whether it was.
    pub(crate) async fn put(&self, path: &str, bytes: String) -> Option<Answer> {
        timeout(TRY_LIMIT, self.client.put(path, bytes)).await.ok()?.ok()
    }

    /// Looks at a file of a preview; none if it doesn't answer.
    pub(crate) async fn preview(&self, url: &str, file: &str, limit: Duration) -> Option<Answer> {
        timeout(limit, self.client.preview_file(url, file)).await.ok()?.ok()
    }

    /// A POST with an idempotency key, or a DELETE, repeated until an answer says what became of it.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Answered {
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        let key = format!("{}-{number}", self.name);
        let headers = [("idempotency-key", key.as_str())];
        let headers = if method == Method::POST { &headers[..] } else { &[] };
        let until = Instant::now() + ASK_LIMIT;
        while Instant::now() < until {
            if let Some(answer) = self.once(method.clone(), path, headers, body).await {
                if answer.status.is_success() {
                    return Answered::Yes(answer.json());
                }
                if answer.status.is_client_error() {
                    let code =
                        answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned();
                    return Answered::No(answer.status.as_u16(), code);
                }
            }
            sleep(PAUSE).await;
        }
        Answered::Unknown
    }

    /// Waits for the end of an operation; none if it doesn't end in time.
    pub(crate) async fn ended(&self, id: &str, limit: Duration) -> Option<Value> {
        let until = Instant::now() + limit;
        while Instant::now() < until {
            if let Some(answer) = self.get(&format!("/v1/operations/{id}?wait=5s")).await {
                let found = answer.json();
                if matches!(found["status"].as_str(), Some("succeeded" | "failed" | "cancelled")) {
                    return Some(found);
                }
            }
            sleep(PAUSE).await;
        }
        None
    }
}
