//! One attempt: the message is signed and posted, and the answer's status read.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderName, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::secrets::{Keys, SecretsError};
use sandboxd_shared::store::webhooks::Attempt;
use sandboxd_shared::webhooks::WebhookSecret;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::Dialer;
use super::excerpt::{EXCERPT_MAX, excerpt};

/// How long an attempt may take, from the look-up of the name to the answer.
const LIMIT: Duration = Duration::from_secs(15);
/// How long the beginning of an answer's body is waited for.
const BODY_LIMIT: Duration = Duration::from_secs(2);
/// The largest head of an answer, in bytes.
const HEAD_MAX: usize = 32 * 1024;

const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Why there is no answer. The texts are shown to the webhook's owner.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The row holds what can't be sent to.
    #[error("the URL can't be sent to; change it")]
    Url,
    /// There is no secret.
    #[error("there is no secret to sign with; rotate it")]
    NoSecret,
    /// The secret can't be opened.
    #[error("the secret can't be read; rotate it")]
    Secret(#[source] SecretsError),
    /// The name leads nowhere.
    #[error("the host's name could not be looked up")]
    Name(#[source] io::Error),
    /// The name leads to where nothing is sent.
    #[error("the host's address is private or this host's own; nothing is sent there")]
    Private,
    /// Nobody listens.
    #[error("no connection: {}", .0.kind())]
    Connect(#[source] io::Error),
    /// The certificate is wrong, or there is no TLS.
    #[error("no TLS connection: {0}")]
    Tls(#[source] io::Error),
    /// What came is no HTTP.
    #[error("the connection ended without an answer")]
    Http(#[source] hyper::Error),
    /// Too slow.
    #[error("no answer within {} s", LIMIT.as_secs())]
    TimedOut,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) status: u16,
    /// The beginning of its body, unless it is a success.
    pub(super) excerpt: Option<String>,
}

/// Posts messages.
#[derive(Debug, Clone)]
pub struct Poster {
    dialer: Dialer,
    keys: Keys,
    limit: Duration,
}

impl Poster {
    /// A poster with connections of `dialer`, whose `keys` open secrets.
    #[must_use]
    pub fn new(dialer: Dialer, keys: Keys) -> Self {
        Self { dialer, keys, limit: LIMIT }
    }

    /// The same with less patience, for tests.
    #[must_use]
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Sends a message once, and follows nothing.
    pub(super) async fn post(
        &self,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<Answered, SendError> {
        let url = Url::parse(&attempt.url).map_err(|_| SendError::Url)?;
        let secrets = self.secrets(attempt)?;
        let request = request(&url, attempt, &secrets, now)?;
        tokio::time::timeout(self.limit, self.send(&url, request))
            .await
            .unwrap_or(Err(SendError::TimedOut))
    }

    fn secrets(&self, attempt: &Attempt) -> Result<Vec<WebhookSecret>, SendError> {
        let ring = self.keys.ring().map_err(SendError::Secret)?;
        let open = |sealed| WebhookSecret::unseal(&ring, attempt.claim.webhook, sealed);
        let opened: Result<Vec<_>, _> = attempt.sealed.iter().map(open).collect();
        let opened = opened.map_err(SendError::Secret)?;
        if opened.is_empty() { Err(SendError::NoSecret) } else { Ok(opened) }
    }

    async fn send(&self, url: &Url, request: Request<Full<Bytes>>) -> Result<Answered, SendError> {
        let stream = self.dialer.dial(url).await?;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(HEAD_MAX)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(SendError::Http)?;
        // It is driven until the answer has been read.
        let _driver = AbortOnDropHandle::new(tokio::spawn(connection));
        let answer = sender.send_request(request).await.map_err(SendError::Http)?;
        Ok(read(answer).await)
    }
}

async fn read(answer: Response<Incoming>) -> Answered {
    let status = answer.status();
    if status.is_success() {
        return Answered { status: status.as_u16(), excerpt: None };
    }
    let (mut body, mut bytes) = (answer.into_body(), Vec::new());
    let fill = async {
        while let Some(Ok(frame)) = body.frame().await {
            if let Ok(data) = frame.into_data() {
                let room = EXCERPT_MAX - bytes.len();
                bytes.extend_from_slice(&data[..data.len().min(room)]);
            }
            if bytes.len() >= EXCERPT_MAX {
                break;
            }
        }
    };
    // What has come until then is enough.
    let _ = tokio::time::timeout(BODY_LIMIT, fill).await;
    Answered { status: status.as_u16(), excerpt: excerpt(&bytes) }
}

fn request(
    url: &Url,
    attempt: &Attempt,
    secrets: &[WebhookSecret],
    now: Timestamp,
) -> Result<Request<Full<Bytes>>, SendError> {
    let seconds = now.0.div_euclid(1000);
    let sign = |secret: &WebhookSecret| secret.sign(&attempt.message_id, seconds, &attempt.body);
    let signatures: Vec<String> = secrets.iter().map(sign).collect();
    let host = url.host_str().ok_or(SendError::Url)?;
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    Request::post(target)
        .header(HOST, host)
        .header(USER_AGENT, concat!("sandboxd-webhooks/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_TYPE, "application/json")
        .header(CONNECTION, "close")
        .header(WEBHOOK_ID, &attempt.message_id)
        .header(WEBHOOK_TIMESTAMP, seconds)
        .header(WEBHOOK_SIGNATURE, signatures.join(" "))
        .body(Full::new(Bytes::from(attempt.body.clone())))
        .map_err(|_| SendError::Url)
}
