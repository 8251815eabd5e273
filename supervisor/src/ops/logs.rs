//! `logs`: the end of what the dev server printed.

use serde::{Deserialize, Serialize};

use super::Live;
use crate::protocol::{Answer, Refusal, Request, body};

/// Most bytes of the log in one answer. As JSON text they can become six times as many.
const MAX_BYTES: u64 = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    #[serde(default = "max_bytes")]
    bytes: u64,
}

fn max_bytes() -> u64 {
    MAX_BYTES
}

#[derive(Serialize)]
struct Reply {
    text: String,
    truncated: bool,
}

pub(super) fn run(live: &Live, request: Request) -> Answer {
    let Arguments { bytes } = request.arguments()?;
    if bytes > MAX_BYTES {
        return Err(Refusal::new("invalid_request", format!("bytes is at most {MAX_BYTES}")));
    }
    let (tail, truncated) = live
        .log
        .tail(bytes)
        .map_err(|error| Refusal::new("internal", format!("reading the log: {error}")))?;
    body(&Reply { text: String::from_utf8_lossy(&tail).into_owned(), truncated })
}
