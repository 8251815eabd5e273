//! Reaching a sandbox: at once if it is up, and for those who can wait, once it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::request::Parts;
use tokio::time::{sleep, timeout};

use super::authorise::admit;
use super::directory::{Route, Status};
use super::handler::Gateway;
use super::host::Preview;
use super::lobby::{Probe, Room};
use super::pass::Pass;
use super::pool::{ConnectError, Lease};
use super::refusal::Refusal;

/// Pause between two tries whether an application that starts listens already.
const PROBE_EVERY: Duration = Duration::from_millis(100);
/// A waiting request looks again after this even if nothing was announced.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Why a sandbox can't be reached now.
pub(crate) enum Away {
    /// It is coming up: waiting makes sense.
    ComingUp,
    /// Waiting won't help.
    Refused(Refusal),
}

impl From<Refusal> for Away {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// One try to get a connection. Has a sleeping sandbox woken.
pub(crate) async fn reach(
    gateway: &Gateway,
    preview: Preview,
    route: &Route,
) -> Result<Lease, Away> {
    match route.status {
        Status::Running => connect(gateway, preview, route).await,
        Status::Stopped => {
            gateway.lobby.room(preview.sandbox).ensure_wake(&gateway.waker)?;
            Err(Away::ComingUp)
        }
        Status::Creating | Status::Starting | Status::Restoring | Status::Stopping => {
            Err(Away::ComingUp)
        }
        Status::Deleting => Err(Refusal::NotFound.into()),
        Status::Error => Err(Refusal::SandboxFailed.into()),
    }
}

/// An idle connection of a running sandbox: the usual case, and one without waiting.
pub(crate) fn reuse(
    gateway: &Gateway,
    preview: Preview,
    route: &Route,
    now: Instant,
) -> Option<Lease> {
    gateway.pools.get(preview, route)?.checkout(now)
}

async fn connect(gateway: &Gateway, preview: Preview, route: &Route) -> Result<Lease, Away> {
    // No pool: another request has seen a newer route already.
    let pool = gateway.pools.get(preview, route).ok_or(Away::ComingUp)?;
    if let Some(lease) = pool.checkout(Instant::now()) {
        return Ok(lease);
    }
    match pool.connect(&*gateway.directory).await {
        Ok(lease) => Ok(lease),
        Err(ConnectError::RouteGone) => Err(Away::ComingUp),
        Err(ConnectError::Full) => Err(Refusal::TooManyConnections.into()),
        Err(_) if route.since.elapsed() < gateway.limits.startup_grace => Err(Away::ComingUp),
        Err(error) => Err(Refusal::AppRefused(error).into()),
    }
}

/// A connection, and the pass that the request has by then; none if everybody may see it.
pub(crate) type Reached = (Lease, Option<Arc<Pass>>);

/// Waits until the sandbox is up and its application listens.
///
/// # Errors
/// [`Refusal::HoldExpired`] after the hold, [`Refusal::TooManyHeld`] at once if too many wait
/// already, and whatever else turns out meanwhile.
pub(crate) async fn hold(
    gateway: &Gateway,
    preview: Preview,
    request: &Parts,
) -> Result<Reached, Refusal> {
    let room = gateway.lobby.room(preview.sandbox);
    let _seat = gateway.lobby.sit(&room)?;
    let waiting = wait(gateway, preview, request, &room);
    tokio::select! {
        reached = timeout(gateway.limits.hold, waiting) => {
            reached.unwrap_or(Err(Refusal::HoldExpired))
        }
        () = gateway.draining.begun() => Err(Refusal::ShuttingDown),
    }
}

async fn wait(
    gateway: &Gateway,
    preview: Preview,
    request: &Parts,
    room: &Room,
) -> Result<Reached, Refusal> {
    let mut bell = room.listen();
    loop {
        bell.borrow_and_update();
        let (route, pass) = admit(gateway, preview, request)?;
        let pause = if route.status == Status::Running {
            match reach_in_turn(gateway, preview, &route, room).await {
                Ok(lease) => return Ok((lease, pass)),
                Err(Away::Refused(refusal)) => return Err(refusal),
                Err(Away::ComingUp) => PROBE_EVERY,
            }
        } else {
            match reach(gateway, preview, &route).await {
                Err(Away::Refused(refusal)) => return Err(refusal),
                Ok(_) | Err(Away::ComingUp) => LOOK_AGAIN,
            }
        };
        // The bell can't end before the room, which we hold.
        let _ = timeout(pause, bell.changed()).await;
    }
}

/// Until the application is known to listen, one of those who wait tries for all of them.
async fn reach_in_turn(
    gateway: &Gateway,
    preview: Preview,
    route: &Route,
    room: &Room,
) -> Result<Lease, Away> {
    let key = (preview.port, route.generation);
    let mut probe = room.probe.lock().await;
    if probe.listening == Some(key) {
        drop(probe);
        return reach(gateway, preview, route).await;
    }
    if let Some((refused, at)) = probe.refused
        && refused == key
        && at.elapsed() < PROBE_EVERY
    {
        drop(probe);
        sleep(PROBE_EVERY.saturating_sub(at.elapsed())).await;
        return Err(Away::ComingUp);
    }
    let reached = reach(gateway, preview, route).await;
    *probe = match &reached {
        Ok(_) => Probe { listening: Some(key), refused: None },
        Err(_) => Probe { listening: None, refused: Some((key, Instant::now())) },
    };
    drop(probe);
    if reached.is_ok() {
        room.ring();
    }
    reached
}
