//! One file: read, also of a snapshot, and written.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use hyper::header::CONTENT_LENGTH;
use hyper::{HeaderMap, StatusCode};
use sandboxd_shared::domain::FilePath;
use sandboxd_shared::ids::SnapshotId;
use sandboxd_shared::node::{Written, frames};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::Whole;
use super::channel::{Channel, FRAME_LIMIT};
use super::failure::NodeError;
use super::ground::Purpose;
use super::service::{Id, Node};
use super::upload::Upload;
use super::wire;

#[derive(Debug, Deserialize)]
pub(super) struct Which {
    path: FilePath,
    mode: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Head {
    size: u64,
}

pub(super) async fn read(
    State(node): State<Arc<Node>>,
    Id(id): Id,
    Query(which): Query<Which>,
) -> Result<Response, NodeError> {
    whole(node.open(id, Purpose::Read).await?, &which.path).await
}

pub(super) async fn read_of_snapshot(
    State(node): State<Arc<Node>>,
    Path(id): Path<SnapshotId>,
    Query(which): Query<Which>,
) -> Result<Response, NodeError> {
    whole(node.open_snapshot(id).await?, &which.path).await
}

async fn whole(mut channel: Channel, path: &FilePath) -> Result<Response, NodeError> {
    let head: Head = channel.ask("files.read", json!({ "path": path.as_str() })).await?;
    let body = Whole::new(channel, Some(head.size)).into_body().await?;
    Ok(([(CONTENT_LENGTH, head.size)], body).into_response())
}

/// The body is on our disk before the sandbox is asked: a client that is slow, or goes, holds up
/// nobody and leaves nothing half done.
pub(super) async fn write(
    State(node): State<Arc<Node>>,
    Id(id): Id,
    Query(which): Query<Which>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Written>), NodeError> {
    let row = node.row(id).await?;
    node.capacity.admit_disk()?;
    let _place = node.slots.uploads.take(&row.owner).await?;
    let mut upload = Upload::receive(&node.folder, &headers, body).await?;
    let mut channel = node.open(id, Purpose::Change).await?;
    let mut arguments = json!({ "path": which.path.as_str() });
    if let Some(mode) = which.mode {
        arguments["mode"] = mode.into();
    }
    channel.ask::<Value>("files.write", arguments).await?;
    let sent = send(&mut channel, &mut upload).await;
    // A sandbox that refuses says why before it hangs up.
    let written: Written = match (end(&mut channel).await, sent) {
        (Err(NodeError::NoAnswer(_)), Err(error)) => return Err(error),
        (written, _) => written?,
    };
    if written.bytes != upload.length() {
        return Err(NodeError::unreadable("another length than was sent"));
    }
    channel.close().await;
    let status = if written.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(written)))
}

async fn send(channel: &mut Channel, upload: &mut Upload) -> Result<(), NodeError> {
    while let Some(piece) = upload.next().await? {
        channel.send(&piece).await?;
    }
    channel.send(&[]).await
}

async fn end(channel: &mut Channel) -> Result<Written, NodeError> {
    let frame = channel.frame(Some(FRAME_LIMIT)).await?;
    match frame.kind {
        frames::END => wire::read(&frame.payload),
        _ => Err(NodeError::unreadable("an unknown frame")),
    }
}
