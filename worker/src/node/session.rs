//! A session with a stopped sandbox: its lock, its workspace opened, and `sandbox-init files` over
//! it. A task of its own holds all three, so that a client who reads slowly holds nothing: when an
//! operation wants the sandbox, the task ends them, whatever the stream is doing.

use std::os::fd::AsFd;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sandboxd_shared::domain::{ErrorBody, ErrorCode, GenerationRow, Sandbox, SandboxStatus};
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
use crate::sandbox::{Opened, Storage};

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
    row: GenerationRow,
    interrupted: Arc<OnceLock<ErrorBody>>,
    /// The task ends with it.
    hold: DropGuard,
    ended: oneshot::Receiver<()>,
}

/// What the task holds, to be let go of in this order.
struct Holdings {
    child: Child,
    workspace: Opened,
    lock: Held,
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
        let row = workspace.row.clone();
        let (child, stream) = child::start(&node.init_binary, workspace.view.as_fd(), lock.as_fd())
            .map_err(NodeError::failed)?;
        let (tell_ended, ended) = oneshot::channel();
        let holdings = Holdings { child, workspace, lock, _place: place, _ended: tell_ended };
        let (interrupted, token) = (Arc::default(), node.ending.child_token());
        let watch = Watch {
            store: node.store.clone(),
            changes: node.changes.clone(),
            id,
            change,
            dropped: token.clone(),
            interrupted: Arc::clone(&interrupted),
        };
        node.tasks.spawn(watch.keep(holdings));
        let storage = node.storage.clone();
        Ok((Self { storage, row, interrupted, hold: token.drop_guard(), ended }, stream))
    }

    /// Why it was ended early, if it was.
    pub(super) fn interrupted(&self) -> Option<ErrorBody> {
        self.interrupted.get().cloned()
    }

    pub(super) async fn was_whole(&self) -> Result<(), NodeError> {
        if let Some(body) = self.interrupted() {
            return Err(body.into());
        }
        if self.storage.is_still(&self.row).await? {
            return Ok(());
        }
        let message = "the workspace was moved meanwhile; try again";
        Err(ErrorBody::new(ErrorCode::Conflict, message).into())
    }

    /// Ends it and waits until nothing of it is left.
    pub(super) async fn end(self) {
        drop(self.hold);
        let _ = self.ended.await;
    }
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
    dropped: CancellationToken,
    interrupted: Arc<OnceLock<ErrorBody>>,
}

impl Watch {
    async fn keep(mut self, mut holdings: Holdings) {
        let dropped = self.dropped.clone();
        tokio::select! {
            () = self.wanted() => {}
            () = dropped.cancelled() => {}
            () = tokio::time::sleep(SESSION_MAX) => {}
        }
        // Killed and waited for; then nothing but us has the workspace open.
        if let Err(error) = holdings.child.kill().await {
            tracing::warn!(%error, sandbox.id = %self.id, "a session's process can't be ended");
        }
        let Holdings { workspace, lock, .. } = holdings;
        // Closing the last descriptor unmounts, which writes to the disk what was changed.
        if tokio::task::spawn_blocking(move || drop(workspace)).await.is_err() {
            tracing::warn!(sandbox.id = %self.id, "a workspace was not closed");
        }
        drop(lock);
    }

    /// Waits until an operation wants the sandbox, and notes which.
    async fn wanted(&mut self) {
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
