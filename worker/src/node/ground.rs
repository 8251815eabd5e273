//! Where a sandbox stands, which decides how its files and programs are reached.

use std::io;
use std::time::Duration;

use sandboxd_shared::domain::{ErrorBody, ErrorCode, Sandbox, SandboxStatus};
use sandboxd_shared::ids::{SandboxId, SnapshotId};
use sandboxd_shared::store::sandboxes;
use serde_json::json;
use tokio::time::timeout;

use super::channel::Channel;
use super::failure::NodeError;
use super::service::Node;
use super::session::Session;
use crate::sandbox;

/// How long connecting to PID 1 may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// What is to be done with files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Change,
}

impl Node {
    /// Opens a conversation about files, whether the sandbox runs or not.
    pub(super) async fn open(&self, id: SandboxId, purpose: Purpose) -> Result<Channel, NodeError> {
        let row = self.row(id).await?;
        let stopped = row.status == SandboxStatus::Stopped && row.active_operation_id.is_none();
        if !stopped {
            return self.open_running(&row).await;
        }
        let place = self.slots.streams.take(&row.owner).await?;
        let change = purpose == Purpose::Change;
        let (session, stream) = Session::begin(self, &row, change).await?;
        Ok(Channel::new(stream, Some(session), place))
    }

    /// Opens a conversation about the files of a snapshot, to be read.
    pub(super) async fn open_snapshot(&self, id: SnapshotId) -> Result<Channel, NodeError> {
        let row = self.snapshot(id).await?;
        let place = self.slots.streams.take(&row.owner).await?;
        let (session, stream) = Session::of_snapshot(self, &row).await?;
        Ok(Channel::new(stream, Some(session), place))
    }

    /// Opens a conversation with PID 1.
    pub(super) async fn open_running(&self, row: &Sandbox) -> Result<Channel, NodeError> {
        require_running(row)?;
        let place = self.slots.streams.take(&row.owner).await?;
        let run_dir = self.place.run_dir(row.id);
        let connected = timeout(CONNECT_LIMIT, sandbox::connect(&run_dir)).await;
        let stream = connected
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(NodeError::NoAnswer)?;
        Ok(Channel::new(stream, None, place))
    }

    /// The sandbox's row, if it is one of this node's.
    pub(super) async fn row(&self, id: SandboxId) -> Result<Sandbox, NodeError> {
        let row = sandboxes::get(&mut *self.store.read().await?, id).await?;
        let own = row.filter(|row| row.node == self.node);
        own.ok_or_else(|| ErrorBody::not_found("sandbox").into())
    }
}

fn require_running(row: &Sandbox) -> Result<(), ErrorBody> {
    // A live capture has it and lets it run.
    if row.status == SandboxStatus::Running {
        return Ok(());
    }
    if let Some(operation) = row.active_operation_id {
        return Err(ErrorBody::in_progress(operation));
    }
    let message = format!("the sandbox is {}; start it first", row.status);
    Err(ErrorBody::new(ErrorCode::Conflict, message)
        .with_details(json!({ "status": row.status, "sandbox_id": row.id })))
}
