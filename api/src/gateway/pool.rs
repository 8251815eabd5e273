//! Connections to one port of one generation of one sandbox. They die with the generation.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep, timeout};

use super::body::RequestBody;
use super::config::Limits;
use super::directory::{Directory, Route, Status};
use super::host::Preview;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("the route is gone")]
    RouteGone,
    #[error("too many connections to this port are open")]
    Full,
    #[error("connecting timed out")]
    Timeout,
    #[error("connecting failed")]
    Io(#[source] std::io::Error),
}

/// The connections to `address`, valid as long as the directory shows the same generation.
pub(crate) struct Pool {
    preview: Preview,
    address: SocketAddr,
    generation: u64,
    public: bool,
    limits: Arc<Limits>,
    slots: Arc<Semaphore>,
    state: Mutex<State>,
}

/// Everything opened under a pool is a task in `tasks`, so that killing it leaves nothing.
struct State {
    dead: bool,
    idle: Vec<Idle>,
    tasks: JoinSet<()>,
}

struct Idle {
    sender: SendRequest<RequestBody>,
    slot: OwnedSemaphorePermit,
    timer: Timer,
    since: Instant,
}

/// A connection lent for one request. Dropped, it closes; given back, it is used again.
pub(crate) struct Lease {
    pub(crate) sender: SendRequest<RequestBody>,
    pub(crate) pool: Arc<Pool>,
    /// Whether it has served a request before, so that the peer may be closing it just now.
    pub(crate) reused: bool,
    /// Limits the wait for an answer. It stays with the connection, since moving the deadline
    /// of a timer is much cheaper than a new timer for each request.
    pub(crate) timer: Timer,
    slot: OwnedSemaphorePermit,
}

pub(crate) type Timer = Pin<Box<Sleep>>;

impl Pool {
    /// None unless the route is running and has an address.
    pub(crate) fn new(preview: Preview, route: &Route, limits: Arc<Limits>) -> Option<Self> {
        let address = SocketAddr::new(route.address?, preview.port);
        let slots = Arc::new(Semaphore::new(limits.connections_per_route));
        let state = Mutex::new(State { dead: false, idle: Vec::new(), tasks: JoinSet::new() });
        let (generation, public) = (route.generation, route.public);
        Some(Self { preview, address, generation, public, limits, slots, state })
    }

    pub(crate) fn preview(&self) -> Preview {
        self.preview
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether this pool may still be used under what the directory says now.
    pub(crate) fn fits(&self, route: &Route) -> bool {
        route.status == Status::Running
            && route.generation == self.generation
            && route.address == Some(self.address.ip())
            && route.public == self.public
            && route.ports.contains(&self.preview.port)
    }

    /// The idle connection used last, if there is one that is alive.
    pub(crate) fn checkout(self: &Arc<Self>, now: Instant) -> Option<Lease> {
        let age = self.limits.idle_age;
        let young = |since| now.saturating_duration_since(since) < age;
        let mut state = self.lock();
        let newest =
            state.idle.iter().rposition(|idle| young(idle.since) && idle.sender.is_ready())?;
        let Idle { sender, slot, timer, .. } = state.idle.swap_remove(newest);
        drop(state);
        Some(Lease { sender, slot, timer, pool: Arc::clone(self), reused: true })
    }

    /// Opens a connection. The directory is asked again after connecting, before a byte is
    /// sent: the address may have changed hands while we were at it.
    pub(crate) async fn connect(
        self: &Arc<Self>,
        directory: &dyn Directory,
    ) -> Result<Lease, ConnectError> {
        let slot = Arc::clone(&self.slots).try_acquire_owned().map_err(|_| ConnectError::Full)?;
        if self.lock().dead {
            return Err(ConnectError::RouteGone);
        }
        let stream = timeout(self.limits.connect, TcpStream::connect(self.address))
            .await
            .map_err(|_| ConnectError::Timeout)?
            .map_err(ConnectError::Io)?;
        stream.set_nodelay(true).map_err(ConnectError::Io)?;
        let now = directory.lookup(self.preview.sandbox.as_str());
        if !now.is_some_and(|route| self.fits(&route)) {
            return Err(ConnectError::RouteGone);
        }
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(self.limits.head_bytes)
            .max_header_size(self.limits.head_bytes)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| ConnectError::Io(std::io::Error::other(error)))?;
        // A failing connection shows as a failing request; here it would be logged twice.
        self.spawn(async move { drop(connection.with_upgrades().await) })?;
        let timer = Box::pin(sleep(self.limits.response_header));
        Ok(Lease { sender, slot, timer, pool: Arc::clone(self), reused: false })
    }

    /// Runs a task that ends with the pool at the latest.
    pub(crate) fn spawn(
        &self,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ConnectError> {
        let mut state = self.lock();
        if state.dead {
            return Err(ConnectError::RouteGone);
        }
        while state.tasks.try_join_next().is_some() {}
        state.tasks.spawn(task);
        Ok(())
    }

    /// Closes everything: idle connections, requests under way and tunnels.
    pub(crate) fn kill(&self) {
        let mut state = self.lock();
        state.dead = true;
        state.idle.clear();
        state.tasks.abort_all();
    }

    /// Throws old connections away; true if nothing is left.
    pub(crate) fn expire(&self) -> bool {
        let mut state = self.lock();
        let age = self.limits.idle_age;
        state.idle.retain(|idle| !idle.sender.is_closed() && idle.since.elapsed() < age);
        while state.tasks.try_join_next().is_some() {}
        state.idle.is_empty() && state.tasks.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock leaves the state half changed, so a panic doesn't spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Puts the connection back for the next request.
    pub(crate) fn give_back(self) {
        let Self { sender, pool, slot, timer, .. } = self;
        if sender.is_closed() {
            return;
        }
        let mut state = pool.lock();
        if !state.dead && state.idle.len() < pool.limits.idle_per_route {
            state.idle.push(Idle { sender, slot, timer, since: Instant::now() });
        }
    }

    /// Keeps the place of the connection among those of the route, for a tunnel made of it.
    pub(crate) fn into_slot(self) -> OwnedSemaphorePermit {
        self.slot
    }
}
