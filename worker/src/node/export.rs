//! The workspace as a zip.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hyper::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::body::Whole;
use super::failure::NodeError;
use super::ground::Purpose;
use super::service::{Id, Node};

pub(super) async fn export(
    State(node): State<Arc<Node>>,
    Id(id): Id,
) -> Result<Response, NodeError> {
    let mut channel = node.open(id, Purpose::Read).await?;
    channel.ask::<Value>("files.export", json!({})).await?;
    let body = Whole::new(channel, None).into_body().await?;
    Ok(([(CONTENT_TYPE, "application/zip")], body).into_response())
}
