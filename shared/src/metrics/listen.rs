//! Serving the page: GET /metrics on a listener of its own, for a scraper on this host.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::page::{Page, UPKEEP};

/// How many ports are tried, from the given one on.
const PORTS: u16 = 16;
/// Scrapers at once; others wait.
const CONNECTIONS_MAX: usize = 8;
/// How long a scraper may take for a request's head, idle keep-alive included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(90);
/// How long a connection may last in all: one that reads nothing goes.
const CONNECTION_MAX: Duration = Duration::from_mins(10);
/// When accepting fails for want of file descriptors, trying again at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The format's version 0.0.4 is what `Page` writes.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Serves `page` from `address` on until `shutdown`; `look` is awaited before each page, to record
/// what only counts when somebody asks. A process whose page can't be served works all the same,
/// and says so.
pub async fn serve<F, L>(page: Page, address: SocketAddr, look: F, shutdown: CancellationToken)
where
    F: Fn() -> L + Send + Sync + 'static,
    L: Future<Output = ()> + Send + 'static,
{
    let summing = {
        let page = page.clone();
        async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                page.sum_up();
            }
        }
    };
    let serving = async {
        match bind(address).await {
            Ok(listener) => accept(listener, page, Arc::new(look)).await,
            Err(error) => tracing::error!(%address, %error,
                "metrics can't be served; choose another address with SANDBOXD_METRICS_BIND"),
        }
    };
    // Summed up also where nobody can read it.
    shutdown.run_until_cancelled(async { tokio::join!(summing, serving) }).await;
}

/// Listens on the address, or on one of the next ports.
async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let mut tried = address;
    for _ in 1..PORTS {
        match TcpListener::bind(tried).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            bound => return bound,
        }
        let Some(next) = tried.port().checked_add(1) else { break };
        tried.set_port(next);
    }
    TcpListener::bind(tried).await
}

async fn accept<F, L>(listener: TcpListener, page: Page, look: Arc<F>)
where
    F: Fn() -> L + Send + Sync + 'static,
    L: Future<Output = ()> + Send + 'static,
{
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "serving metrics");
    }
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let (stream, _) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "accepting a scraper failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (page, look) = (page.clone(), Arc::clone(&look));
        tokio::spawn(async move {
            let _slot = slot;
            let _ = tokio::time::timeout(CONNECTION_MAX, converse(stream, page, look)).await;
        });
    }
}

async fn converse<F, L>(stream: TcpStream, page: Page, look: Arc<F>)
where
    F: Fn() -> L + Send + Sync + 'static,
    L: Future<Output = ()> + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let (page, look) = (page.clone(), Arc::clone(&look));
        async move { Ok::<_, Infallible>(answer(&request, &page, &*look).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a scraper's connection ended early");
    }
}

async fn answer<F, L>(request: &Request<Incoming>, page: &Page, look: &F) -> Response<Full<Bytes>>
where
    F: Fn() -> L,
    L: Future<Output = ()>,
{
    let refuse = |status, text: &'static str| {
        let mut refused = Response::new(Full::from(text));
        *refused.status_mut() = status;
        refused
    };
    if request.uri().path() != "/metrics" {
        return refuse(StatusCode::NOT_FOUND, "the metrics are at /metrics\n");
    }
    if request.method() != Method::GET {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
    }
    look().await;
    let mut shown = Response::new(Full::from(page.text()));
    shown.headers_mut().insert(CONTENT_TYPE, TEXT);
    shown
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::metrics::Process;
    use crate::metrics::page::recorded;

    async fn ask(address: SocketAddr, line: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn the_page_is_served_beside_a_port_that_is_taken() {
        let first = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let taken = first.local_addr().unwrap();
        let listener = bind(taken).await.unwrap();
        let address = listener.local_addr().unwrap();
        assert_ne!(address, taken);
        let looks = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&looks);
        let look = Arc::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::ready(())
        });
        let page = recorded(Process::Gateway, |_| ());
        let serving = tokio::spawn(accept(listener, page, look));
        let shown = ask(address, "GET /metrics").await;
        assert!(shown.starts_with("HTTP/1.1 200") && shown.contains("sandboxd_build_info"));
        assert_eq!(looks.load(Ordering::SeqCst), 1);
        assert!(ask(address, "GET /").await.starts_with("HTTP/1.1 404"));
        assert!(ask(address, "POST /metrics").await.starts_with("HTTP/1.1 405"));
        assert_eq!(looks.load(Ordering::SeqCst), 1);
        serving.abort();
    }
}
