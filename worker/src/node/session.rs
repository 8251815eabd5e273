//! A session with a stopped sandbox: its lock, its workspace opened, and `sandbox-init files` over
//! it. A task of its own holds all three, so that a client who reads slowly holds nothing: when an
//! operation wants the sandbox, the task ends them, whatever the stream is doing. One with a snapshot
//! needs no lock, and nobody wants it.

use std::os::fd::AsFd;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sandboxd_shared::domain::{
    ErrorBody, ErrorCode, GenerationRow, Sandbox, SandboxStatus, Snapshot,
};
use sandboxd_shared::feed::Changes;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::{Store, sandboxes};
use tokio::net::UnixStream;
use tokio::process::Child;
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::child;
use super::failure::NodeError;
use super::service::Node;
use super::slots::Place;
use crate::runner::{Held, LockError};
use crate::sandbox::Storage;
use crate::workspace::View;

/// How long an operation's end, or another session's, is waited for.
const LOCK_PATIENCE: Duration = Duration::from_secs(3);
/// How long a change may go on when an operation wants the sandbox. Runners wait for the lock for
/// longer than that.
const CHANGE_GRACE: Duration = Duration::from_secs(1);
/// The longest session.
const SESSION_MAX: Duration = Duration::from_hours(1);
/// The shortest time between two looks at the sandbox's row.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A client's hold on a session.
#[derive(Debug)]
pub(super) struct Session {
    storage: Storage,
    basis: Basis,
    interrupted: Arc<OnceLock<ErrorBody>>,
    /// The task ends with it.
    hold: DropGuard,
    ended: oneshot::Receiver<()>,
}

/// What must not have changed when all was read.
#[derive(Debug)]
enum Basis {
    Workspace(GenerationRow),
    Layers(Vec<String>),
}

/// What the task holds, to be let go of in this order.
struct Holdings {
    child: Child,
    view: View,
    lock: Option<Held>,
    _place: Place,
    _ended: oneshot::Sender<()>,
}

impl Session {
    /// Begins a session, with the stream that `sandbox-init` is asked through.
    pub(super) async fn begin(
        node: &Node,
        sandbox: &Sandbox,
        change: bool,
    ) -> Result<(Self, UnixStream), NodeError> {
        let id = sandbox.id;
        let place = node.slots.sessions.take(&sandbox.owner).await?;
        let lock = take_lock(node, id, change).await?;
        let workspace = node.storage.open_stopped(id, change).await?;
        let interrupted = Arc::new(OnceLock::new());
        let watch = Watch {
            store: node.store.clone(),
            changes: node.changes.clone(),
            id,
            change,
            interrupted: Arc::clone(&interrupted),
        };
        let basis = Basis::Workspace(workspace.row);
        let begun = Begun { view: workspace.view, lock: Some(lock), place, basis, interrupted };
        begun.keep(node, watch.wanted())
    }

    /// Begins a session with a snapshot, to read what is in it.
    pub(super) async fn of_snapshot(
        node: &Node,
        snapshot: &Snapshot,
    ) -> Result<(Self, UnixStream), NodeError> {
        let place = node.slots.sessions.take(&snapshot.owner).await?;
        let sealed = node.storage.open_sealed(snapshot.layer_id.as_deref()).await?;
        let basis = Basis::Layers(sealed.layers);
        let interrupted = Arc::default();
        let begun = Begun { view: sealed.view, lock: None, place, basis, interrupted };
        begun.keep(node, std::future::pending())
    }

    /// Why it was ended early, if it was.
    pub(super) fn interrupted(&self) -> Option<ErrorBody> {
        self.interrupted.get().cloned()
    }

    pub(super) async fn was_whole(&self) -> Result<(), NodeError> {
        if let Some(body) = self.interrupted() {
            return Err(body.into());
        }
        let (still, message) = match &self.basis {
            Basis::Workspace(row) => {
                (self.storage.is_still(row).await?, "the workspace was moved meanwhile; try again")
            }
            Basis::Layers(layers) => (
                self.storage.are_in_place(layers).await?,
                "the snapshot was moved or deleted meanwhile; try again",
            ),
        };
        if still {
            return Ok(());
        }
        Err(ErrorBody::new(ErrorCode::Conflict, message).into())
    }

    /// Ends it and waits until nothing of it is left.
    pub(super) async fn end(self) {
        drop(self.hold);
        let _ = self.ended.await;
    }
}

/// A session of which nothing holds the parts yet.
struct Begun {
    view: View,
    lock: Option<Held>,
    place: Place,
    basis: Basis,
    interrupted: Arc<OnceLock<ErrorBody>>,
}

impl Begun {
    /// Starts the process, and the task that holds all until `wanted`.
    fn keep(
        self,
        node: &Node,
        wanted: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(Session, UnixStream), NodeError> {
        let Self { view, lock, place, basis, interrupted } = self;
        let held = lock.as_ref().map(AsFd::as_fd);
        let (child, stream) =
            child::start(&node.init_binary, view.as_fd(), held).map_err(NodeError::failed)?;
        let (tell_ended, ended) = oneshot::channel();
        let holdings = Holdings { child, view, lock, _place: place, _ended: tell_ended };
        let token = node.ending.child_token();
        node.tasks.spawn(hold(holdings, wanted, token.clone()));
        let storage = node.storage.clone();
        let hold = token.drop_guard();
        Ok((Session { storage, basis, interrupted, hold, ended }, stream))
    }
}

/// Holds a session's parts until somebody wants them, or nobody wants it any more.
async fn hold(
    mut holdings: Holdings,
    wanted: impl Future<Output = ()>,
    dropped: CancellationToken,
) {
    tokio::select! {
        () = wanted => {}
        () = dropped.cancelled() => {}
        () = tokio::time::sleep(SESSION_MAX) => {}
    }
    // Killed and waited for; then nothing but us has the workspace open.
    if let Err(error) = holdings.child.kill().await {
        tracing::warn!(%error, "a session's process can't be ended");
    }
    let Holdings { view, lock, .. } = holdings;
    // Closing the last descriptor unmounts, which writes to the disk what was changed.
    if tokio::task::spawn_blocking(move || drop(view)).await.is_err() {
        tracing::warn!("a session's workspace was not closed");
    }
    drop(lock);
}

async fn take_lock(node: &Node, id: SandboxId, change: bool) -> Result<Held, NodeError> {
    let key = id.to_string();
    let taken = if change {
        node.locks.take(&key, LOCK_PATIENCE).await
    } else {
        node.locks.take_shared(&key, LOCK_PATIENCE).await
    };
    match taken {
        Ok(lock) => Ok(lock),
        Err(LockError::Taken(_)) => Err(match wanted_by(&node.store, id).await? {
            Some(body) => body.into(),
            None => {
                NodeError::busy("another transfer of the sandbox's files is under way; try again")
            }
        }),
        Err(error) => Err(NodeError::failed(error)),
    }
}

/// Why a sandbox isn't for sessions any more, if it isn't.
async fn wanted_by(store: &Store, id: SandboxId) -> Result<Option<ErrorBody>, NodeError> {
    let row = sandboxes::get(&mut *store.read().await?, id).await?;
    Ok(match row {
        None => Some(ErrorBody::not_found("sandbox")),
        Some(row) => match row.active_operation_id {
            Some(operation) => Some(ErrorBody::in_progress(operation)),
            None if row.status == SandboxStatus::Stopped => None,
            None => {
                let message = format!("the sandbox is {} meanwhile; try again", row.status);
                Some(ErrorBody::new(ErrorCode::Conflict, message))
            }
        },
    })
}

/// Looks at who wants the sandbox.
struct Watch {
    store: Store,
    changes: Changes,
    id: SandboxId,
    change: bool,
    interrupted: Arc<OnceLock<ErrorBody>>,
}

impl Watch {
    /// Waits until an operation wants the sandbox, and notes which.
    async fn wanted(mut self) {
        loop {
            self.changes.mark_seen();
            match wanted_by(&self.store, self.id).await {
                Ok(None) => {}
                Ok(Some(body)) => {
                    if self.change {
                        // Mostly done by then.
                        tokio::time::sleep(CHANGE_GRACE).await;
                    }
                    let _ = self.interrupted.set(body);
                    return;
                }
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error, sandbox.id = %self.id,
                    "a session can't look at its sandbox"
                ),
            }
            self.changes.changed().await;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
