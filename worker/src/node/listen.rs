//! The service's socket: `<data>/run/node/<worker>.sock`, for root and the API's user only.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use sandboxd_shared::node::NearSocket;
use sandboxd_shared::shared_files::{give_to_all, make_dir_for_all};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::service::{Node, router};
use crate::process::liveness;

/// How long a request's head may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// After a failure to accept, which mostly means that there are no descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long sessions and tunnels may take to end when they have been told to.
const END_LIMIT: Duration = Duration::from_secs(2);

/// A socket that is listened on; its name goes with it.
#[derive(Debug)]
pub struct Listening {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Binds the socket of the worker `worker` in `folder`, and removes those of workers that are dead.
///
/// # Errors
/// I/O.
pub fn listen(folder: &Path, worker_locks: &Path, worker: &str) -> io::Result<Listening> {
    make_dir_for_all(folder)?;
    sweep(folder, worker_locks);
    let near = NearSocket::of_worker(folder, worker)?;
    let listener = UnixListener::bind(near.path())?;
    let path = folder.join(format!("{worker}.sock"));
    let listening = Listening { listener, path };
    // To connect takes the right to write to it, which only its owner has.
    give_to_all(&listening.path)?;
    Ok(listening)
}

fn sweep(folder: &Path, worker_locks: &Path) {
    let Ok(files) = std::fs::read_dir(folder) else { return };
    for file in files.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let Some(worker) = name.strip_suffix(".sock") else { continue };
        // One whose lock file was swept is as dead as one whose lock is free.
        let gone = !worker_locks.join(format!("{worker}.lock")).exists();
        if gone || liveness::is_known_dead(worker_locks, worker) {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

impl Node {
    /// Serves until `shutdown`; then lets what is under way go on for `drain`, and ends the rest.
    pub async fn serve(
        self: Arc<Self>,
        listening: Listening,
        drain: Duration,
        shutdown: CancellationToken,
    ) {
        let router = router(Arc::clone(&self));
        let mut connections = JoinSet::new();
        tokio::select! {
            () = accept(&listening.listener, &router, &mut connections, &shutdown) => {}
            () = shutdown.cancelled() => {}
        }
        drop(listening);
        self.tasks.close();
        let finished = async {
            while connections.join_next().await.is_some() {}
            self.tasks.wait().await;
        };
        if timeout(drain, finished).await.is_err() {
            tracing::info!("streams are ended with the worker");
        }
        self.ending.cancel();
        connections.shutdown().await;
        if timeout(END_LIMIT, self.tasks.wait()).await.is_err() {
            tracing::warn!("sessions were still open at the end of the drain");
        }
    }
}

/// Never ends by itself.
async fn accept(
    listener: &UnixListener,
    router: &Router,
    connections: &mut JoinSet<()>,
    shutdown: &CancellationToken,
) {
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(converse(stream, router.clone(), shutdown.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "the node service can't accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn converse(stream: UnixStream, router: Router, shutdown: CancellationToken) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
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
        tracing::debug!(%error, "a connection of the node service ended early");
    }
}
