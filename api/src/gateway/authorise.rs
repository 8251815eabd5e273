//! Who may see a preview. The one place that decides it.

use std::sync::Arc;
use std::time::Duration;

use http::header::{COOKIE, HeaderName};
use http::request::Parts;
use tokio::time::timeout;

use super::cookies;
use super::directory::{Grant, NoGrant, Route};
use super::handler::Gateway;
use super::host::Preview;
use super::pass::Pass;
use super::refusal::Refusal;

/// How programs give their token.
const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-sandboxd-preview-token");
/// How long to wait to hear of a token that was made just now.
const HEAR_WITHIN: Duration = Duration::from_secs(1);

/// A route that a request may use, and by which pass; none if everybody may.
pub(crate) type Admitted = (Arc<Route>, Option<Arc<Pass>>);

/// Finds the route of a preview that this request may use. Decides before anything is woken or
/// dialled.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Unauthorised`] or [`Refusal::NotHeardOf`].
pub(crate) fn admit(
    gateway: &Gateway,
    preview: Preview,
    request: &Parts,
) -> Result<Admitted, Refusal> {
    let route = gateway.directory.lookup(preview.sandbox.as_str()).ok_or(Refusal::NotFound)?;
    let pass = if route.public { None } else { Some(authorise(gateway, preview, request)?) };
    // After that: which ports a private sandbox has is private, too.
    admit_route(&route, preview)?;
    Ok((route, pass))
}

/// # Errors
/// [`Refusal::NotFound`] if the port may not be previewed.
pub(crate) fn admit_route(route: &Route, preview: Preview) -> Result<(), Refusal> {
    if route.ports.contains(&preview.port) { Ok(()) } else { Err(Refusal::NotFound) }
}

fn authorise(gateway: &Gateway, preview: Preview, request: &Parts) -> Result<Arc<Pass>, Refusal> {
    let headers = &request.headers;
    let given = headers.get_all(TOKEN_HEADER).into_iter().filter_map(|value| value.to_str().ok());
    let kept = headers.get_all(COOKIE).into_iter().flat_map(cookies::tokens);
    let mut refusal = Refusal::Unauthorised;
    for token in given.chain(kept) {
        match opens(gateway, preview, token) {
            Ok(_) => return Ok(gateway.passes.of(token)),
            Err(Refusal::NotHeardOf) => refusal = Refusal::NotHeardOf,
            Err(_) => {}
        }
    }
    Err(refusal)
}

/// What a token grants, if that is this preview.
///
/// # Errors
/// [`Refusal::Unauthorised`] or [`Refusal::NotHeardOf`].
pub(crate) fn opens(gateway: &Gateway, preview: Preview, token: &str) -> Result<Grant, Refusal> {
    match gateway.directory.grant(token) {
        Ok(grant)
            if grant.sandbox == preview.sandbox.as_str()
                && grant.port.is_none_or(|port| port == preview.port) =>
        {
            Ok(grant)
        }
        Err(NoGrant::NotYet) => Err(Refusal::NotHeardOf),
        Ok(_) | Err(NoGrant::Never) => Err(Refusal::Unauthorised),
    }
}

/// Decides, and for a token that is genuine but too new to be known decides again when something
/// has changed: who has just made a link can follow it at once.
pub(crate) async fn decide<T>(
    gateway: &Gateway,
    decision: impl Fn() -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    match decision() {
        Err(Refusal::NotHeardOf) => {}
        decided => return decided,
    }
    let mut changes = gateway.directory.changes();
    let heard = async {
        loop {
            match decision() {
                Err(Refusal::NotHeardOf) if changes.changed().await.is_ok() => {}
                decided => return decided,
            }
        }
    };
    timeout(HEAR_WITHIN, heard).await.unwrap_or(Err(Refusal::NotHeardOf))
}
