//! `restart`: stops the dev server if it runs, and starts it without waiting out a back-off.

use serde_json::Map;

use super::Live;
use crate::event::Event;
use crate::protocol::{Answer, NoArguments, Refusal, Request};

/// Answers once the wish is taken note of, not once it is done; `status` tells of that.
pub(super) fn run(live: &Live, request: Request) -> Answer {
    let NoArguments {} = request.arguments()?;
    live.events
        .try_send(Event::Restart)
        .map(|()| Map::new())
        .map_err(|_| Refusal::new("busy", "too many requests are waiting"))
}
