//! What the audit log says of a request, from its beginning to its answer.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::MatchedPath;
use http::request::Parts;
use http::{Method, StatusCode};
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::{NewAuditEntry, Operation};
use sandboxd_shared::store::{StoreError, WriteTx, audit};
use serde_json::{Map, Value};

use super::targets;
use crate::auth::{Peer, Tenant};
use crate::server::action;
use crate::web::{Answer, RequestId};

/// The one GET that acts: a browser opens a WebSocket in no other way.
const TERMINAL: &str = "/v1/sandboxes/{id}/terminal";

/// A request, as far as the log tells of it.
#[derive(Debug)]
pub(crate) struct Trail {
    method: Method,
    route: String,
    path: String,
    request_id: Option<String>,
    peer: Option<IpAddr>,
    /// Whether its entry is committed already.
    written: AtomicBool,
}

impl Trail {
    /// Of a request whose route is known.
    pub(crate) fn of(parts: &Parts) -> Self {
        let route = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
        Self {
            method: parts.method.clone(),
            route: route.unwrap_or_default().to_owned(),
            path: parts.uri.path().to_owned(),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
            peer: parts.extensions.get::<Peer>().map(|peer| peer.0),
            written: AtomicBool::new(false),
        }
    }

    /// Whether the request may change something.
    pub(super) fn matters(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
            || (self.method == Method::GET && self.route == TERMINAL)
    }

    pub(super) fn is_written(&self) -> bool {
        self.written.load(Ordering::Relaxed)
    }

    /// The entry; `status` is none if the client went away before it was answered.
    pub(crate) fn entry(
        &self,
        owner: &str,
        actor: &str,
        status: Option<StatusCode>,
        at: Timestamp,
    ) -> NewAuditEntry {
        let action = action(&self.method, &self.route)
            .map_or_else(|| format!("{} {}", self.method, self.route), str::to_owned);
        NewAuditEntry {
            owner: owner.to_owned(),
            actor: actor.to_owned(),
            action,
            method: self.method.to_string(),
            route: self.route.clone(),
            targets: Value::Object(targets::of(&self.route, &self.path)),
            status: status.map(|status| status.as_u16()),
            request_id: self.request_id.clone(),
            peer: self.peer.map(|peer| peer.to_string()),
            at,
        }
    }
}

/// Commits what a tenant's request did, and with it that it did so.
pub(crate) async fn commit(
    mut tx: WriteTx,
    tenant: &Tenant,
    answer: &Answer,
    operation: Option<&Operation>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (trail, actor) = (tenant.trail(), &tenant.caller().actor);
    let mut entry = trail.entry(tenant.as_str(), actor, Some(answer.status()), now);
    if let Some(targets) = entry.targets.as_object_mut() {
        targets.extend(made(answer));
        targets.extend(operation.map(ids).unwrap_or_default());
    }
    audit::append(&mut tx, &entry).await?;
    tx.commit().await?;
    trail.written.store(true, Ordering::Relaxed);
    Ok(())
}

/// What an answer says was made.
fn made(answer: &Answer) -> Map<String, Value> {
    let Some(location) = answer.location() else { return Map::new() };
    let mut parts = location.trim_matches('/').split('/');
    let (Some("v1"), Some(folder), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return Map::new();
    };
    targets::of(&format!("/v1/{folder}/{{id}}"), location)
}

fn ids(operation: &Operation) -> Map<String, Value> {
    let ids = [
        ("operation_id", Some(operation.id.to_string())),
        ("app_id", operation.app_id.map(|id| id.to_string())),
        ("sandbox_id", operation.sandbox_id.map(|id| id.to_string())),
        ("snapshot_id", operation.snapshot_id.map(|id| id.to_string())),
        ("task_id", operation.task_id.map(|id| id.to_string())),
    ];
    ids.into_iter().filter_map(|(name, id)| Some((name.to_owned(), id?.into()))).collect()
}
