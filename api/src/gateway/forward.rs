//! Sends a request to the sandbox and its answer back.

use std::sync::Arc;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body::Body;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use tokio::time::Instant;

use super::activity::Activity;
use super::body::{ClientBody, RequestBody, ResponseBody, SandboxBody};
use super::handler::Client;
use super::headers::{clean_request, clean_response, set_upgrade, upgrade_of};
use super::hold::Reached;
use super::pass::Pass;
use super::pool::Lease;
use super::refusal::Refusal;
use super::target::{is_plainly_framed, to_origin_form};
use super::tunnel::Tunnel;

/// A request as it was not, or may not have been, received.
struct Unsent {
    error: hyper::Error,
    /// There if sending it once more can't do anything twice.
    request: Option<Box<Request<RequestBody>>>,
}

/// Forwards over the connection that was lent.
///
/// # Errors
/// [`Refusal::AppFailed`], [`Refusal::AppTimeout`]; if the connection was a used one and is
/// replaced, [`Refusal::AppRefused`] too.
pub(crate) async fn forward(
    client: &Arc<Client>,
    mut parts: Box<Parts>,
    body: Incoming,
    lease: Lease,
    pass: Option<Arc<Pass>>,
) -> Result<Response<ResponseBody>, Refusal> {
    let gateway = &client.gateway;
    gateway.waker.touch(lease.pool.preview().sandbox.as_str());
    let upgrade = wanted_upgrade(&parts, &body);
    let client_side = parts.extensions.remove::<OnUpgrade>();
    clean_request(&mut parts.headers, &client.facts);
    if let Some(protocol) = &upgrade {
        set_upgrade(&mut parts.headers, protocol.clone());
    }
    let request = outgoing(client, parts, body, &lease);

    let (mut response, lease) = send(client, lease, request).await?;
    if !is_plainly_framed(response.headers()) {
        return Err(Refusal::AppFailed(None));
    }
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let sides = client_side.zip(response.extensions_mut().remove::<OnUpgrade>());
        let Some(((client_side, sandbox_side), _)) = sides.zip(upgrade) else {
            return Err(Refusal::AppFailed(None));
        };
        return switch(client, (lease, pass), response, client_side, sandbox_side);
    }
    let sandbox = lease.pool.preview().sandbox;
    let mut response = response.map(|body| {
        ResponseBody::sandbox(SandboxBody::new(body, lease, Activity::new(&gateway.waker, sandbox)))
    });
    *response.version_mut() = Version::HTTP_11;
    clean_response(response.headers_mut());
    Ok(response)
}

/// Only a request without a body can change protocols here: after one, it would be unclear
/// which bytes belong to which.
fn wanted_upgrade(parts: &Parts, body: &Incoming) -> Option<HeaderValue> {
    let possible = parts.version == Version::HTTP_11 && body.is_end_stream();
    if possible { upgrade_of(&parts.headers) } else { None }
}

fn outgoing(
    client: &Client,
    mut parts: Box<Parts>,
    body: Incoming,
    lease: &Lease,
) -> Request<RequestBody> {
    let gateway = &client.gateway;
    to_origin_form(&mut parts.uri);
    parts.version = Version::HTTP_11;
    let body = if body.is_end_stream() {
        RequestBody::Empty
    } else {
        if !parts.headers.contains_key(CONTENT_LENGTH) {
            // Said outright, since hyper sends no body of unknown length with a GET otherwise.
            parts.headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        let sandbox = lease.pool.preview().sandbox;
        RequestBody::Client(Box::new(ClientBody {
            inner: body,
            activity: Activity::new(&gateway.waker, sandbox),
            stall_limit: gateway.limits.body_stall,
            stalled: None,
        }))
    };
    Request::from_parts(*parts, body)
}

/// Sends, and sends once more if the connection had been idle, failed before any answer, and
/// either nothing was sent or the request is one that may be repeated.
async fn send(
    client: &Client,
    mut lease: Lease,
    request: Request<RequestBody>,
) -> Result<(Response<Incoming>, Lease), Refusal> {
    let gateway = &client.gateway;
    let failed = match send_once(client, &mut lease, request).await? {
        Ok(response) => return Ok((response, lease)),
        Err(failed) => failed,
    };
    let request = failed.request.filter(|_| lease.reused);
    let Some(request) = request else { return Err(Refusal::AppFailed(Some(failed.error))) };
    // Boxed: rare, and as a part of this future it would cost every request.
    let connecting = Box::pin(lease.pool.connect(&*gateway.directory));
    let mut fresh = connecting.await.map_err(Refusal::AppRefused)?;
    match send_once(client, &mut fresh, *request).await? {
        Ok(response) => Ok((response, fresh)),
        Err(failed) => Err(Refusal::AppFailed(Some(failed.error))),
    }
}

async fn send_once(
    client: &Client,
    lease: &mut Lease,
    request: Request<RequestBody>,
) -> Result<Result<Response<Incoming>, Unsent>, Refusal> {
    let copy = if lease.reused { repeatable(&request) } else { None };
    lease.timer.as_mut().reset(Instant::now() + client.gateway.limits.response_header);
    let sent = tokio::select! {
        biased;
        sent = lease.sender.try_send_request(request) => sent,
        () = lease.timer.as_mut() => return Err(Refusal::AppTimeout),
    };
    match sent {
        Ok(response) => Ok(Ok(response)),
        Err(mut failure) => {
            let untouched = failure.take_message().map(Box::new);
            let error = failure.into_error();
            let request = untouched.or(copy.filter(|_| !error.is_parse()));
            Ok(Err(Unsent { error, request }))
        }
    }
}

/// A copy of a request that may be received twice: a safe method (RFC 9110, 9.2.1), no body.
fn repeatable(request: &Request<RequestBody>) -> Option<Box<Request<RequestBody>>> {
    if !request.method().is_safe() || !request.body().is_end_stream() {
        return None;
    }
    let mut copy = Request::new(RequestBody::Empty);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(Box::new(copy))
}

/// Answers 101 and joins the two sides once both have switched.
fn switch(
    client: &Arc<Client>,
    (lease, pass): Reached,
    response: Response<Incoming>,
    client_side: OnUpgrade,
    sandbox_side: OnUpgrade,
) -> Result<Response<ResponseBody>, Refusal> {
    let (mut parts, _) = response.into_parts();
    let Some(protocol) = upgrade_of(&parts.headers) else { return Err(Refusal::AppFailed(None)) };
    clean_response(&mut parts.headers);
    set_upgrade(&mut parts.headers, protocol);
    let pool = Arc::clone(&lease.pool);
    let tunnel = Tunnel {
        activity: Activity::new(&client.gateway.waker, pool.preview().sandbox),
        client: Arc::clone(client),
        pass,
        slot: lease.into_slot(),
    };
    pool.spawn(tunnel.run(client_side, sandbox_side)).map_err(Refusal::AppRefused)?;
    Ok(Response::from_parts(parts, ResponseBody::page("")))
}
