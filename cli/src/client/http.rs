//! One request and its answer.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::timeout;
use ulid::Ulid;
use url::Url;

use super::retry::{is_passing, pause, retry_after};
use super::{Failure, Refusal, Route};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take to begin: the API answers within 60 s whatever it waits for.
const ANSWER: Duration = Duration::from_secs(75);
/// How long a piece of a body may take. Streams of the API show every 15 s that they live.
const SILENCE: Duration = Duration::from_secs(45);
/// The most of an answer that is read whole.
const BODY_MAX: usize = 64 << 20;
/// A pause before another try that is worth telling of.
const LONG_PAUSE: Duration = Duration::from_secs(2);

/// Where the API is, and who asks.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The API's address.
    pub url: Url,
    /// The tenant's token, where auth is on.
    pub token: Option<SecretString>,
}

/// What a request carries.
#[derive(Debug, Clone)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON.
    Json(Value),
    /// A file's bytes.
    Bytes(Bytes),
}

/// Speaks to one API as one tenant.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    to: Connection,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body, as it came.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null if it isn't.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The body of an answer as it comes.
#[derive(Debug)]
pub struct Stream {
    response: Response,
    url: String,
    /// How long it may be silent.
    silence: Option<Duration>,
}

/// A request, to be sent as often as need be.
struct Ask {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
    /// How long its answer may take to begin.
    limit: Duration,
}

impl Client {
    /// A client.
    ///
    /// # Errors
    /// If the token can't be sent, or TLS can't be set up.
    pub fn new(to: Connection) -> Result<Self, Failure> {
        // Already there if this is not the process' first client.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("sandboxctl/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            // A redirect would take the token to who knows where.
            .redirect(redirect::Policy::none());
        if is_loopback(&to.url) {
            builder = builder.no_proxy();
        }
        if let Some(token) = &to.token {
            HeaderValue::from_str(token.expose_secret())
                .map_err(|_| Failure::Usage("the token has characters that none has".into()))?;
        }
        let http = builder.build().map_err(|error| Failure::Failed(error.to_string()))?;
        Ok(Self { http, to })
    }

    /// The API's address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.to.url
    }

    /// `GET`.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn get(&self, route: &Route) -> Result<Answer, Failure> {
        self.send(Method::GET, route, Body::None).await
    }

    /// `GET`, once only: for what says "not now" on purpose.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn get_once(&self, route: &Route) -> Result<Answer, Failure> {
        let ask = self.ask(Method::GET, route, Body::None);
        self.once(&ask).await.map_err(|(failure, _)| failure)
    }

    /// `POST` of JSON, with an idempotency key of its own.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn post(&self, route: &Route, body: Value) -> Result<Answer, Failure> {
        self.send(Method::POST, route, Body::Json(body)).await
    }

    /// `POST` of what takes so many seconds to be answered beyond the usual.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn post_within(
        &self,
        route: &Route,
        body: Value,
        seconds: u64,
    ) -> Result<Answer, Failure> {
        let mut ask = self.ask(Method::POST, route, Body::Json(body));
        ask.limit += Duration::from_secs(seconds);
        self.repeat(ask).await
    }

    /// Sends a request and reads the answer, which is a success. It is sent again where that may help:
    /// a POST has its key, and all else says what is to be, not what is to change.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn send(&self, method: Method, route: &Route, body: Body) -> Result<Answer, Failure> {
        self.repeat(self.ask(method, route, body)).await
    }

    async fn repeat(&self, ask: Ask) -> Result<Answer, Failure> {
        let mut tried = 1;
        loop {
            let (failure, asked) = match self.once(&ask).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let passing = match &failure {
                Failure::Refused(refusal) => is_passing(refusal),
                failure => matches!(failure, Failure::Unreachable { .. }),
            };
            let pause = pause(tried, asked, fastrand::f64());
            let Some(pause) = pause.filter(|_| passing) else {
                return Err(failure);
            };
            if pause >= LONG_PAUSE {
                eprintln!("{failure}; trying again in {} s", pause.as_secs());
            }
            tokio::time::sleep(pause).await;
            tried += 1;
        }
    }

    /// Sends a request once and gives the answer as it comes. `silence` is how long it may be so; none
    /// for as long as it likes.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn open(
        &self,
        method: Method,
        route: &Route,
        body: Body,
        headers: &[(&'static str, String)],
        silence: Option<Duration>,
    ) -> Result<Stream, Failure> {
        let mut ask = self.ask(method, route, body);
        // A stream can't be repeated, and takes no key.
        ask.headers.remove("idempotency-key");
        for (name, value) in headers {
            let value = HeaderValue::from_str(value);
            ask.headers.insert(*name, value.map_err(|_| Failure::Usage(format!("{name}: bad")))?);
        }
        let response = self.begin(&ask).await.map_err(|(failure, _)| failure)?;
        Ok(Stream { response, url: self.to.url.to_string(), silence })
    }

    /// Downloads: like [`Client::open`], and sent again while nothing has come.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn download(&self, route: &Route) -> Result<Stream, Failure> {
        let mut tried = 1;
        loop {
            let begun = self.open(Method::GET, route, Body::None, &[], Some(SILENCE)).await;
            match begun {
                Err(failure) if failure.is_passing() => match pause(tried, None, fastrand::f64()) {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(failure),
                },
                begun => return begun,
            }
            tried += 1;
        }
    }

    fn ask(&self, method: Method, route: &Route, body: Body) -> Ask {
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(ACCEPT, json.clone());
        if let Some(token) = &self.to.token {
            let value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()));
            let mut value = value.expect("invariant: the token was looked at");
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        if method == Method::POST {
            let key = HeaderValue::from_str(&Ulid::generate().to_string());
            headers.insert("idempotency-key", key.expect("invariant: a ULID is ASCII"));
        }
        let body = match body {
            Body::None => Bytes::new(),
            Body::Json(value) => {
                headers.insert(CONTENT_TYPE, json);
                value.to_string().into()
            }
            Body::Bytes(bytes) => {
                let octets = HeaderValue::from_static("application/octet-stream");
                headers.insert(CONTENT_TYPE, octets);
                bytes
            }
        };
        Ask { method, url: route.at(&self.to.url), headers, body, limit: ANSWER }
    }

    async fn once(&self, ask: &Ask) -> Result<Answer, (Failure, Option<Duration>)> {
        let response = self.begin(ask).await?;
        let status = response.status().as_u16();
        let body = self.read(response).await.map_err(|failure| (failure, None))?;
        Ok(Answer { status, body })
    }

    /// The head of an answer, which is a success; else also when to come again.
    async fn begin(&self, ask: &Ask) -> Result<Response, (Failure, Option<Duration>)> {
        let request = self
            .http
            .request(ask.method.clone(), ask.url.clone())
            .headers(ask.headers.clone())
            .body(ask.body.clone());
        let response = match timeout(ask.limit, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err((self.unreachable(&error), None)),
            Err(_) => return Err((self.silent("no answer in time"), None)),
        };
        let status = response.status();
        if status.is_success() || status.as_u16() == 101 {
            return Ok(response);
        }
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(value.to_str().ok()?.to_owned())
        };
        let later = retry_after(header(RETRY_AFTER.as_str()).as_deref());
        let id = header("x-request-id").unwrap_or_default();
        let body = self.read(response).await.map_err(|failure| (failure, None))?;
        let refusal = Refusal::read(status.as_u16(), &id, &body);
        Err((Failure::Refused(Box::new(refusal)), later))
    }

    async fn read(&self, mut response: Response) -> Result<Bytes, Failure> {
        let mut body = Vec::new();
        loop {
            match timeout(SILENCE, response.chunk()).await {
                Ok(Ok(Some(piece))) if body.len() + piece.len() > BODY_MAX => {
                    return Err(Failure::Failed("the answer is too long".into()));
                }
                Ok(Ok(Some(piece))) => body.extend_from_slice(&piece),
                Ok(Ok(None)) => return Ok(body.into()),
                Ok(Err(error)) => return Err(self.unreachable(&error)),
                Err(_) => return Err(self.silent("the answer stopped in the middle")),
            }
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        Failure::Unreachable { url: self.to.url.to_string(), reason: innermost(error) }
    }

    fn silent(&self, reason: &str) -> Failure {
        Failure::Unreachable { url: self.to.url.to_string(), reason: reason.to_owned() }
    }
}

impl Stream {
    /// The next piece; none at the end.
    ///
    /// # Errors
    /// [`Failure::Unreachable`] if it breaks off.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let broken = |reason: String| Failure::Unreachable { url: self.url.clone(), reason };
        let piece = self.response.chunk();
        let piece = match self.silence {
            None => piece.await,
            Some(limit) => match timeout(limit, piece).await {
                Ok(piece) => piece,
                Err(_) => return Err(broken("the stream fell silent".to_owned())),
            },
        };
        piece.map_err(|error| broken(innermost(&error)))
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The connection itself, where the answer was `101`.
    ///
    /// # Errors
    /// [`Failure::Unreachable`]
    pub async fn upgraded(self) -> Result<reqwest::Upgraded, Failure> {
        let url = self.url;
        self.response
            .upgrade()
            .await
            .map_err(|error| Failure::Unreachable { url, reason: innermost(&error) })
    }
}

/// The cause that says something: "connection refused", not "error sending request".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Whether an address is this machine's own.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
