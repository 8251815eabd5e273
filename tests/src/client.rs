//! A client of the API and of previews.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// How long any request may take; longer than the longest wait the API offers.
const LIMIT: Duration = Duration::from_secs(70);

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null if it isn't.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Speaks to one installation as one tenant.
#[derive(Debug, Clone)]
pub struct Client {
    http: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>,
    api: SocketAddr,
    gateway: SocketAddr,
    token: String,
}

impl Client {
    /// A client with a token.
    #[must_use]
    pub fn new(api: SocketAddr, gateway: SocketAddr, token: &str) -> Self {
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        Self { http, api, gateway, token: token.to_owned() }
    }

    /// The same installation as another tenant.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        let answer = tokio::time::timeout(LIMIT, async {
            let response = self.http.request(request).await?;
            let (head, body) = response.into_parts();
            let body = body.collect().await?.to_bytes();
            anyhow::Ok(Answer { status: head.status, headers: head.headers, body })
        });
        answer.await.context("no answer in time")?
    }

    /// Sends a request to the API.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.api))
            .header(AUTHORIZATION, format!("Bearer {}", self.token));
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map(serde_json::to_vec).transpose()?.unwrap_or_default();
        self.send(request.body(Full::new(body.into()))?).await
    }

    /// Sends bytes to the API.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn put(&self, path: &str, bytes: impl Into<Bytes>) -> anyhow::Result<Answer> {
        let request = Request::put(format!("http://{}{path}", self.api))
            .header(AUTHORIZATION, format!("Bearer {}", self.token));
        self.send(request.body(Full::new(bytes.into()))?).await
    }

    /// Sends a request to the API and gives the answer as it comes.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn open(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> anyhow::Result<Response<Incoming>> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.api))
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body)? };
        // A connection of its own: the suite ends it by dropping the answer.
        let http: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>> =
            hyper_util::client::legacy::Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(0)
                .build_http();
        let request = request.body(Full::new(body.into()))?;
        Ok(tokio::time::timeout(LIMIT, http.request(request))
            .await
            .context("no answer in time")??)
    }

    /// Where the API listens, and the token to send along.
    #[must_use]
    pub fn api(&self) -> (SocketAddr, &str) {
        (self.api, &self.token)
    }

    /// `GET` of the API.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.request(Method::GET, path, &[], None).await
    }

    /// `POST` to the API.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.request(Method::POST, path, &[], Some(body)).await
    }

    /// `DELETE` of the API.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn delete(&self, path: &str) -> anyhow::Result<Answer> {
        self.request(Method::DELETE, path, &[], None).await
    }

    /// Asks for an operation that must be accepted, and gives it.
    ///
    /// # Errors
    /// If it isn't answered with 202.
    pub async fn begin(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let answer = self.request(method, path, &[], body).await?;
        if answer.status != StatusCode::ACCEPTED {
            bail!("{path}: {} {}", answer.status, answer.text());
        }
        Ok(answer.json())
    }

    /// Waits until an operation has ended, and gives it.
    ///
    /// # Errors
    /// If it hasn't within `limit`.
    pub async fn ended(&self, operation: &Value, limit: Duration) -> anyhow::Result<Value> {
        let id = operation["id"].as_str().context("an operation has an id")?;
        let until = tokio::time::Instant::now() + limit;
        loop {
            // The API may be down for a moment: some suites kill it.
            match self.get(&format!("/v1/operations/{id}?wait=10s")).await {
                Ok(answer) if answer.status == StatusCode::OK => {
                    let found = answer.json();
                    if !matches!(found["status"].as_str(), Some("queued" | "running")) {
                        return Ok(found);
                    }
                    if tokio::time::Instant::now() >= until {
                        bail!("operation {id} hasn't ended within {limit:?}: {found}");
                    }
                }
                Ok(answer) => bail!("operation {id}: {} {}", answer.status, answer.text()),
                Err(error) if tokio::time::Instant::now() >= until => return Err(error),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Does an operation that must succeed, and gives it.
    ///
    /// # Errors
    /// If it isn't accepted or doesn't succeed within a minute.
    pub async fn run(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let operation = self.begin(method, path, body).await?;
        let ended = self.ended(&operation, Duration::from_secs(60)).await?;
        if ended["status"] != "succeeded" {
            bail!("{path}: {ended:#}");
        }
        Ok(ended)
    }

    /// `GET` of what another listener of the installation serves.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn get_at(&self, address: SocketAddr, path: &str) -> anyhow::Result<Answer> {
        let request = Request::get(format!("http://{address}{path}")).body(Full::default())?;
        self.send(request).await
    }

    /// `GET` of a preview through the gateway, by its URL.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn preview(&self, url: &str) -> anyhow::Result<Answer> {
        self.preview_file(url, "").await
    }

    /// `GET` of a file of a preview.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn preview_file(&self, url: &str, file: &str) -> anyhow::Result<Answer> {
        let host = url.trim_start_matches("http://").split('/').next().unwrap_or_default();
        let request = Request::get(format!("http://{}/{file}", self.gateway))
            .header(HOST, host)
            .body(Full::default())?;
        self.send(request).await
    }

    /// All events of a path, oldest first.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn events(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut events = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("{path}{separator}limit=200{cursor}")).await?.json();
            events.extend(page["events"].as_array().cloned().unwrap_or_default());
            match page["next_before"].as_str() {
                Some(before) => cursor = format!("&before={before}"),
                None => break,
            }
        }
        events.reverse();
        Ok(events)
    }
}
