//! Accepts clients, and lets them finish when the gateway goes down.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use hyper::server::conn::http1::{Builder, UpgradeableConnection};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::config::GatewayConfig;
use super::conversation::Conversation;
use super::directory::{Directory, Waker};
use super::drain::Draining;
use super::framing::Framing;
use super::handler::{Client, Gateway, handle};
use super::headers::ClientFacts;
use super::host::PreviewZone;
use super::lobby::Lobby;
use super::pass::Passes;
use super::pools::Pools;
use super::sweep::sweep;
use super::turns::{ClientStream, Turns};

/// Connections that the kernel completes before we accept them. The default of 128 or 1,024
/// overflows when many hit a sleeping sandbox at once, and the overflow waits a second for a
/// retransmit. The kernel caps it at `net.core.somaxconn`.
const BACKLOG: u32 = 4096;
/// When accepting fails for want of file descriptors, trying again at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A listener fit for [`serve`]: with room for a burst, and free to bind again after a restart.
///
/// # Errors
/// Whatever the kernel says against the address.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves previews on `listener` until `shutdown`, then lets requests under way finish for as
/// long as the configured drain.
///
/// # Errors
/// If the listener has no local address, which means that it isn't one.
pub async fn serve(
    listener: TcpListener,
    config: GatewayConfig,
    directory: Arc<dyn Directory>,
    waker: Arc<dyn Waker>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    debug!(address = %listener.local_addr()?, "the gateway accepts");
    let limits = Arc::new(config.limits);
    let gateway = Arc::new(Gateway {
        zone: PreviewZone::new(&config.domain),
        directory,
        waker,
        pools: Pools::new(Arc::clone(&limits)),
        lobby: Lobby::new(Arc::clone(&limits)),
        draining: Draining::new(),
        passes: Passes::default(),
        framing: Framing::new(&config.console),
        tls: config.tls,
        proxies: config.proxies,
        limits,
    });
    let proto = HeaderValue::from_static(if config.tls { "https" } else { "http" });
    let mut background = JoinSet::new();
    background.spawn(sweep(Arc::clone(&gateway)));
    let mut clients = JoinSet::new();
    tokio::select! {
        () = accept(&listener, &gateway, &proto, &mut clients) => {}
        () = shutdown.cancelled() => {}
    }
    drop(listener);
    gateway.draining.begin();
    let drained = async { while clients.join_next().await.is_some() {} };
    if timeout(gateway.limits.drain, drained).await.is_err() {
        warn!("requests were still under way at the end of the drain");
    }
    gateway.pools.kill_all();
    Ok(())
}

/// Never ends by itself. All state is in `clients`, so dropping it anywhere loses nothing.
async fn accept(
    listener: &TcpListener,
    gateway: &Arc<Gateway>,
    proto: &HeaderValue,
    clients: &mut JoinSet<()>,
) {
    let slots = Arc::new(Semaphore::new(gateway.limits.client_connections));
    loop {
        while clients.try_join_next().is_some() {}
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Some(client) = client(gateway, proto, peer, slot) {
                    clients.spawn(converse(stream, client));
                }
            }
            Err(error) if is_about_one_client(&error) => {}
            Err(error) => {
                warn!(%error, "accepting a connection failed");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_about_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

fn client(
    gateway: &Arc<Gateway>,
    proto: &HeaderValue,
    peer: SocketAddr,
    slot: OwnedSemaphorePermit,
) -> Option<Arc<Client>> {
    let facts = ClientFacts::of_peer(peer.ip(), proto, &gateway.proxies)?;
    Some(Arc::new(Client { gateway: Arc::clone(gateway), facts, turns: Turns::new(), _slot: slot }))
}

async fn converse(stream: TcpStream, client: Arc<Client>) {
    if stream.set_nodelay(true).is_err() {
        return; // It hung up already.
    }
    let gateway = Arc::clone(&client.gateway);
    let limits = &gateway.limits;
    let served = Arc::clone(&client);
    let stream = ClientStream { stream, client: Arc::clone(&client) };
    let service = service_fn(move |request| handle(Arc::clone(&served), request));
    let connection = Builder::new()
        .header_read_timeout(None)
        .max_buf_size(limits.head_bytes)
        .max_header_size(limits.head_bytes)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let conversation =
        Conversation::new(connection, client, UpgradeableConnection::graceful_shutdown);
    match conversation.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "a client connection ended early"),
        Err(error) => debug!(%error, "a client connection was cut off"),
    }
}
