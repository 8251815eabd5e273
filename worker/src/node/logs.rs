//! What the dev server has printed, and what it prints.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use sandboxd_shared::node::LOG_BYTES_MAX;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::failure::NodeError;
use super::service::{Id, Node};

#[derive(Debug, Deserialize)]
pub(super) struct Which {
    bytes: u32,
    #[serde(default)]
    follow: bool,
}

#[derive(Debug, Deserialize)]
struct Tail {
    text: String,
}

pub(super) async fn logs(
    State(node): State<Arc<Node>>,
    Id(id): Id,
    Query(which): Query<Which>,
) -> Result<Response, NodeError> {
    let row = node.row(id).await?;
    let mut channel = node.open_running(&row).await?;
    let bytes = which.bytes.min(LOG_BYTES_MAX);
    if which.follow {
        channel.ask::<Value>("logs.follow", json!({ "bytes": bytes })).await?;
        return Ok(body::live(channel, None).into_response());
    }
    let tail: Tail = channel.ask("logs", json!({ "bytes": bytes })).await?;
    Ok(tail.text.into_response())
}
