//! Accepts connections, and lets what is under way finish when the process goes down.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{Api, router};
use crate::auth::{Auth, Peer};

/// Connections open at once, streams included; further ones wait in the kernel's backlog.
const CONNECTIONS_MAX: usize = 4096;
/// How long a client may take for a request's head, idle keep-alive included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// The largest request head, in bytes.
const HEAD_MAX: usize = 64 * 1024;
/// How long a client may leave what it is sent unread (`TCP_USER_TIMEOUT`, `tcp(7)`).
const UNREAD_MAX: Duration = Duration::from_secs(60);
/// How long requests under way may take to finish once shutdown has begun.
const DRAIN: Duration = Duration::from_secs(5);
/// When accepting fails for want of file descriptors, trying again at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves the API on `listener` until `shutdown`, then for as long as requests under way take, 5 s
/// at most.
pub async fn serve(listener: TcpListener, api: Api, shutdown: CancellationToken) {
    let router = router::router(api.clone());
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    tokio::select! {
        () = accept(&listener, &router, &api.auth, &slots, &mut connections, &shutdown) => {}
        () = shutdown.cancelled() => {}
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("requests were still under way at the end of the drain");
    }
    api.finish().await;
}

/// Never ends by itself. All state is in `connections`, so dropping it anywhere loses nothing.
async fn accept(
    listener: &TcpListener,
    router: &Router,
    auth: &Arc<Auth>,
    slots: &Arc<Semaphore>,
    connections: &mut JoinSet<()>,
    shutdown: &CancellationToken,
) {
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, address)) => {
                let client = (address.ip(), Arc::clone(auth));
                connections.spawn(converse(stream, client, router.clone(), slot, shutdown.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "accepting a connection failed");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn converse(
    stream: TcpStream,
    (address, auth): (IpAddr, Arc<Auth>),
    router: Router,
    _slot: OwnedSemaphorePermit,
    shutdown: CancellationToken,
) {
    if stream.set_nodelay(true).is_err() || limit_unread(&stream, UNREAD_MAX).is_err() {
        return; // It hung up already.
    }
    let service = service_fn(move |mut request: Request<Incoming>| {
        let client = auth.trusted_proxies().client(address, request.headers());
        request.extensions_mut().insert(Peer(client));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service)
        // A terminal takes its connection over.
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Lets the kernel end a connection whose peer takes nothing for so long. Nothing else would: a
/// response is only driven while it can be written.
fn limit_unread(stream: &TcpStream, limit: Duration) -> rustix::io::Result<()> {
    let millis = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX);
    rustix::net::sockopt::set_tcp_user_timeout(stream, millis)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn a_connection_whose_peer_reads_nothing_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let deaf = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        limit_unread(&stream, Duration::from_millis(200)).unwrap();
        let write = async {
            let block = vec![0; 64 * 1024];
            while stream.write_all(&block).await.is_ok() {}
        };
        timeout(Duration::from_secs(20), write).await.expect("it is given up");
        drop(deaf);
    }
}
