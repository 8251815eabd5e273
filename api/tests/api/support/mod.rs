//! An API under test, a client of it, and a worker that is driven by hand.

mod app;
mod client;
mod document;
mod node;
mod sse;
mod tasks;
mod worker;

use std::time::Duration;

pub(crate) use app::{ALICE, BOB, TestApp, in_time};
pub(crate) use client::{Ask, Reply};
pub(crate) use document::Document;
pub(crate) use node::{Asked, FakeNode, answer};
pub(crate) use sse::Sse;
pub(crate) use worker::{HandWorker, NAME as WORKER};

/// Nothing here takes longer unless it is broken.
pub(crate) const LIMIT: Duration = Duration::from_secs(15);

/// Asks until the answer is as wanted: what another process commits is seen a moment later.
pub(crate) async fn until(ask: &Ask, wanted: impl Fn(&Reply) -> bool) -> Reply {
    app::in_time("an answer as wanted", async {
        loop {
            let reply = ask.clone().send().await;
            if wanted(&reply) {
                return reply;
            }
        }
    })
    .await
}

/// The id in a field of an answer.
pub(crate) fn id(value: &serde_json::Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
}
