//! `status`: where workspace and dev server are.

use serde::Serialize;

use super::Live;
use crate::children::Exit;
use crate::protocol::{Answer, NoArguments, Request, body};
use crate::status::State;

#[derive(Serialize)]
struct Reply {
    state: State,
    seeded: bool,
    git_reset: bool,
    command: Vec<String>,
    pid: Option<i32>,
    restarts: u64,
    last_exit: Option<Exit>,
    uptime_ms: Option<u64>,
    error: Option<String>,
}

pub(super) fn run(live: &Live, request: Request) -> Answer {
    let NoArguments {} = request.arguments()?;
    let status = live.status.get();
    let uptime = status.up_since.map(|since| since.elapsed().as_millis());
    body(&Reply {
        state: status.state,
        seeded: status.seeded,
        git_reset: status.git_reset,
        command: status.command,
        pid: status.pid,
        restarts: status.restarts,
        last_exit: status.last_exit,
        uptime_ms: uptime.and_then(|millis| u64::try_from(millis).ok()),
        error: status.error,
    })
}
