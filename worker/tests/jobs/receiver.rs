//! A receiver of webhooks that answers as a test tells it, and the tests' ways to webhooks' rows.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{Delivery, EventPatterns, EventType, NewEvent, Webhook};
use sandboxd_shared::ids::{AppId, EventId, WebhookId};
use sandboxd_shared::secrets::Keys;
use sandboxd_shared::store::webhooks::secrets;
use sandboxd_shared::store::{Page, events, webhooks};
use sandboxd_shared::webhooks::WebhookSecret;
use sandboxd_worker::webhooks::{Courier, Dialer, Poster, SystemResolver};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::node::{OWNER, TestNode};

/// One that reaches receivers on this host.
pub(crate) fn poster(keys: &Keys) -> Poster {
    Poster::new(Dialer::new(Arc::new(SystemResolver), None, true).unwrap(), keys.clone())
}

/// A request that a receiver got.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }

    pub(crate) fn id(&self) -> String {
        self.header("webhook-id").to_owned()
    }

    pub(crate) fn is_signed_with(&self, secret: &WebhookSecret) -> bool {
        let seconds = self.header("webhook-timestamp").parse().unwrap();
        let signature = secret.sign(&self.id(), seconds, &self.body);
        self.header("webhook-signature").split(' ').any(|one| one == signature)
    }
}

/// How a receiver answers.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Status(u16, &'static str),
    Redirect(String),
    /// Not at all.
    Hang,
}

#[derive(Debug)]
struct Desk {
    got: Mutex<Vec<Got>>,
    replies: Mutex<VecDeque<Reply>>,
    otherwise: Mutex<Reply>,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    desk: Arc<Desk>,
}

impl Receiver {
    pub(crate) async fn new(otherwise: Reply) -> Self {
        let (this, listener) = Self::bind(otherwise).await;
        let desk = Arc::clone(&this.desk);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(Arc::clone(&desk), stream));
            }
        });
        this
    }

    /// The same behind TLS.
    pub(crate) async fn with_tls(acceptor: tokio_rustls::TlsAcceptor) -> Self {
        let (this, listener) = Self::bind(Reply::Status(200, "")).await;
        let desk = Arc::clone(&this.desk);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, desk) = (acceptor.clone(), Arc::clone(&desk));
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(desk, stream).await;
                    }
                });
            }
        });
        this
    }

    async fn bind(otherwise: Reply) -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let desk = Arc::new(Desk {
            got: Mutex::default(),
            replies: Mutex::default(),
            otherwise: Mutex::new(otherwise),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
        });
        (Self { address: listener.local_addr().unwrap(), desk }, listener)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook?a=b", self.address)
    }

    pub(crate) fn then(&self, reply: Reply) {
        self.desk.replies.lock().unwrap().push_back(reply);
    }

    pub(crate) fn otherwise(&self, reply: Reply) {
        *self.desk.otherwise.lock().unwrap() = reply;
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.desk.got.lock().unwrap().clone()
    }

    /// The requests that wait for an answer.
    pub(crate) fn open(&self) -> usize {
        self.desk.open.load(Ordering::SeqCst)
    }

    /// The most requests that it had at one time.
    pub(crate) fn most_open(&self) -> usize {
        self.desk.most_open.load(Ordering::SeqCst)
    }
}

async fn serve(desk: Arc<Desk>, stream: impl AsyncRead + AsyncWrite + Unpin + 'static) {
    let answer = service_fn(|request| answer(Arc::clone(&desk), request));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

async fn answer(
    desk: Arc<Desk>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let open = desk.open.fetch_add(1, Ordering::SeqCst) + 1;
    desk.most_open.fetch_max(open, Ordering::SeqCst);
    let _open = Open(&desk.open);
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    desk.got.lock().unwrap().push(Got {
        target: head.uri.to_string(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let next = desk.replies.lock().unwrap().pop_front();
    let reply = next.unwrap_or_else(|| desk.otherwise.lock().unwrap().clone());
    let response = match reply {
        Reply::Status(status, body) => Response::builder().status(status).body(body.into()),
        Reply::Redirect(to) => {
            Response::builder().status(302).header("location", to).body(Full::default())
        }
        Reply::Hang => std::future::pending().await,
    };
    Ok(response.unwrap())
}

/// A request that is being answered, until it is or its client hangs up.
struct Open<'a>(&'a AtomicUsize);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A webhook of alice's with its secret.
pub(crate) struct Hook {
    pub(crate) id: WebhookId,
    pub(crate) secret: WebhookSecret,
}

impl TestNode {
    pub(crate) async fn hook(&self, url: &str, patterns: &[&str]) -> Hook {
        self.hook_of(OWNER, url, patterns, None).await
    }

    pub(crate) async fn hook_of(
        &self,
        owner: &str,
        url: &str,
        patterns: &[&str],
        app_id: Option<AppId>,
    ) -> Hook {
        let now = self.clock.now();
        let webhook = Webhook {
            id: WebhookId::generate(),
            owner: owner.to_owned(),
            url: url.to_owned(),
            events: EventPatterns::parse(patterns.iter().copied()).unwrap(),
            app_id,
            description: None,
            enabled: true,
            disabled_reason: None,
            failing_since: None,
            created_at: now,
            updated_at: now,
        };
        let secret = WebhookSecret::generate().unwrap();
        let mut tx = self.store.write().await.unwrap();
        webhooks::insert(&mut tx, &webhook).await.unwrap();
        let sealed = secret.seal(&self.keys.ring().unwrap(), webhook.id).unwrap();
        secrets::give(&mut tx, webhook.id, &sealed, now).await.unwrap();
        tx.commit().await.unwrap();
        Hook { id: webhook.id, secret }
    }

    pub(crate) async fn find_hook(&self, hook: &Hook) -> Webhook {
        let mut conn = self.store.read().await.unwrap();
        webhooks::find(&mut conn, OWNER, hook.id).await.unwrap().unwrap()
    }

    /// Something happens to alice.
    pub(crate) async fn happens(&self, kind: EventType) -> EventId {
        self.tell(NewEvent::new(OWNER, kind)).await
    }

    pub(crate) async fn tell(&self, event: NewEvent) -> EventId {
        let mut tx = self.store.write().await.unwrap();
        let id = events::append(&mut tx, &event, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A courier of the test's own.
    pub(crate) fn courier(&self, worker: &str) -> DropGuard {
        self.courier_with(worker, poster(&self.keys))
    }

    pub(crate) fn courier_with(&self, worker: &str, poster: Poster) -> DropGuard {
        let courier = Courier {
            store: self.store.clone(),
            changes: self.changes.clone(),
            worker: worker.to_owned(),
            poster: Arc::new(poster),
        };
        let shutdown = CancellationToken::new();
        tokio::spawn(courier.run(shutdown.clone()));
        shutdown.drop_guard()
    }

    /// Oldest first.
    pub(crate) async fn deliveries(&self, hook: &Hook) -> Vec<Delivery> {
        let mut conn = self.store.read().await.unwrap();
        let page = Page { limit: 1_000, before: None };
        let mut found = webhooks::list_deliveries(&mut conn, hook.id, None, &page).await.unwrap();
        found.sort_by(|one, other| one.message_id.cmp(&other.message_id));
        found
    }

    /// Waits until deliveries are as `is` says.
    pub(crate) async fn delivered(
        &self,
        hook: &Hook,
        what: &str,
        is: impl Fn(&[Delivery]) -> bool,
    ) -> Vec<Delivery> {
        self.until(what, || async { Some(self.deliveries(hook).await).filter(|found| is(found)) })
            .await
    }
}
