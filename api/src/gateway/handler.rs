//! What happens to a request, in order: read the host, admit, reach, forward.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;

use super::access_log::Entry;
use super::authorise::{admit, decide};
use super::body::ResponseBody;
use super::config::Limits;
use super::directory::{Directory, Waker};
use super::drain::Draining;
use super::exchange::{exchange, is_reserved};
use super::forward::forward;
use super::framing::Framing;
use super::headers::ClientFacts;
use super::hold::{Away, hold, reach, reuse};
use super::host::PreviewZone;
use super::lobby::Lobby;
use super::page::{self, Asker, WAKE_STATE};
use super::pass::Passes;
use super::pools::Pools;
use super::refusal::Refusal;
use super::target::{host_of, is_authority};
use super::turns::Turns;
use crate::proxies::TrustedProxies;

/// What all requests share.
pub(crate) struct Gateway {
    pub(crate) zone: PreviewZone,
    pub(crate) limits: Arc<Limits>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) waker: Arc<dyn Waker>,
    pub(crate) pools: Pools,
    pub(crate) lobby: Lobby,
    pub(crate) draining: Draining,
    pub(crate) passes: Passes,
    pub(crate) framing: Framing,
    /// Whether browsers speak https to a proxy in front.
    pub(crate) tls: bool,
    pub(crate) proxies: TrustedProxies,
}

/// What the requests of one client connection share.
pub(crate) struct Client {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) facts: ClientFacts,
    pub(crate) turns: Turns,
    /// Its place among the client connections; a tunnel made of it keeps it.
    pub(crate) _slot: OwnedSemaphorePermit,
}

/// Answers one request. Failures are answers, too.
pub(crate) async fn handle(
    client: Arc<Client>,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Infallible> {
    client.turns.begin();
    let (parts, body) = request.into_parts();
    // Boxed once, so that handing it on moves a pointer.
    let parts = Box::new(parts);
    let asker = Asker::of(&parts);
    let mut entry = Entry { started: Instant::now(), method: parts.method.clone(), preview: None };
    let answer = respond(&client, parts, body, asker, &mut entry).await;
    let mut response = match answer {
        Ok(response) => {
            entry.answered(response.status());
            response
        }
        Err(refusal) => {
            let request_id = page::random_id();
            entry.refused(&refusal, &request_id);
            page::render(&refusal, asker, &request_id)
        }
    };
    client.gateway.framing.apply(response.headers_mut());
    response.body_mut().ends_turn_of(client);
    Ok(response)
}

async fn respond(
    client: &Arc<Client>,
    parts: Box<Parts>,
    body: Incoming,
    asker: Asker,
    entry: &mut Entry,
) -> Result<Response<ResponseBody>, Refusal> {
    let gateway = &client.gateway;
    let host = host_of(&parts)?;
    let Some(preview) = gateway.zone.parse(host) else {
        return outside_previews(&parts, host);
    };
    entry.preview = Some(preview);
    if is_reserved(parts.uri.path()) {
        return decide(gateway, || exchange(gateway, preview, &parts)).await;
    }
    let (route, pass) = decide(gateway, || admit(gateway, preview, &parts)).await?;
    // What is rare is boxed: as a part of this future it would cost every request.
    let reached = match reuse(gateway, preview, &route, entry.started) {
        Some(lease) => Ok(lease),
        None => Box::pin(reach(gateway, preview, &route)).await,
    };
    if asker.polls {
        return answer_poll(reached.map(super::pool::Lease::give_back), &route.app_name);
    }
    let (lease, pass) = match reached {
        Ok(lease) => (lease, pass),
        Err(Away::Refused(refusal)) => return Err(refusal),
        Err(Away::ComingUp) if asker.navigates => {
            return Err(Refusal::Warming { app_name: route.app_name.clone() });
        }
        Err(Away::ComingUp) => Box::pin(hold(gateway, preview, &parts)).await?,
    };
    let Some(pass) = pass else { return forward(client, parts, body, lease, None).await };
    let forwarded = forward(client, parts, body, lease, Some(Arc::clone(&pass)));
    let mut response = Box::pin(pass.during(forwarded)).await?;
    response.body_mut().ends_with(pass);
    Ok(response)
}

/// The waiting page asks whether to reload. The application doesn't see this request.
fn answer_poll(reached: Result<(), Away>, name: &str) -> Result<Response<ResponseBody>, Refusal> {
    match reached {
        Ok(()) => {
            let mut ready = page::plain(StatusCode::NO_CONTENT, "");
            ready.headers_mut().insert(WAKE_STATE, HeaderValue::from_static("ready"));
            Ok(ready)
        }
        Err(Away::ComingUp) => Err(Refusal::Warming { app_name: name.to_owned() }),
        Err(Away::Refused(refusal)) => Err(refusal),
    }
}

fn outside_previews(parts: &Parts, host: &str) -> Result<Response<ResponseBody>, Refusal> {
    if !is_authority(host) {
        return Err(Refusal::Malformed("the Host header is not a host name"));
    }
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    if reads && parts.uri.path() == "/healthz" {
        return Ok(page::plain(StatusCode::OK, "ok\n"));
    }
    Err(Refusal::NotFound)
}
