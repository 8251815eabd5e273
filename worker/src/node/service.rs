//! The service as a whole: what it works with, and its routes.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper::http::request::Parts;
use sandboxd_shared::domain::ErrorBody;
use sandboxd_shared::feed::Changes;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::node::Finding;
use sandboxd_shared::store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::failure::NodeError;
use super::slots::Slots;
use super::{content, diff, exec, export, files, logs};
use crate::doctor::Doctor;
use crate::runner::SandboxLocks;
use crate::sandbox::{Capacity, Containers, Place, Storage};

/// The node service of a worker process.
#[derive(Debug)]
pub struct Node {
    pub(super) store: Store,
    pub(super) changes: Changes,
    pub(super) node: String,
    pub(super) locks: SandboxLocks,
    pub(super) place: Place,
    pub(super) storage: Storage,
    pub(super) capacity: Arc<dyn Capacity>,
    /// `sandbox-init`, for the files of stopped sandboxes.
    pub(super) init_binary: PathBuf,
    /// Where uploads wait; on the data directory's disk.
    pub(super) folder: PathBuf,
    pub(super) slots: Slots,
    pub(super) doctor: Doctor,
    /// Sessions and tunnels end with it.
    pub(super) ending: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl Node {
    /// A service over a node's parts, whose sockets are in `folder`.
    #[must_use]
    pub fn new(
        changes: Changes,
        locks: SandboxLocks,
        containers: &Containers,
        doctor: Doctor,
        capacity: Arc<dyn Capacity>,
        init_binary: PathBuf,
        folder: PathBuf,
    ) -> Self {
        let (place, storage) = (containers.place.clone(), containers.storage.clone());
        Self {
            doctor,
            store: storage.store.clone(),
            changes,
            node: storage.node.clone(),
            locks,
            place,
            storage,
            capacity,
            init_binary,
            folder,
            slots: Slots::new(),
            ending: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }
}

pub(super) fn router(node: Arc<Node>) -> Router {
    Router::new()
        .route("/sandboxes/{id}/files", get(files::list).delete(files::remove))
        .route("/sandboxes/{id}/content", get(content::read).put(content::write))
        .route("/sandboxes/{id}/export", get(export::export))
        .route("/sandboxes/{id}/exec", post(exec::exec))
        .route("/sandboxes/{id}/logs", get(logs::logs))
        .route("/snapshots/{id}/diff", get(diff::diff))
        .route("/snapshots/{id}/content", get(content::read_of_snapshot))
        .route("/doctor", get(examine))
        .with_state(node)
}

async fn examine(State(node): State<Arc<Node>>) -> Json<Vec<Finding>> {
    Json(node.doctor.examine().await)
}

/// The sandbox in a route's path.
#[derive(Debug)]
pub(super) struct Id(pub(super) SandboxId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = NodeError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NodeError> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let id = text.ok().and_then(|Path(text)| text.parse().ok());
        id.map(Self).ok_or_else(|| ErrorBody::not_found("sandbox").into())
    }
}
