//! An API with a worker, and the program under test.

mod app;
mod ctl;
// The API's own suites have both; this one needs a part of each.
#[expect(dead_code, reason = "the API's suites use all of it")]
#[path = "../../../../api/tests/api/support/node.rs"]
mod node;
mod play;
#[expect(dead_code, reason = "the API's suites use all of it")]
#[path = "../../../../api/tests/api/support/worker.rs"]
mod worker;

pub(crate) use app::{NODE, Server, TOKEN, in_time};
pub(crate) use ctl::{Ctl, Said};
pub(crate) use node::{Asked, FakeNode, answer};
pub(crate) use play::PROMPT_TO_FAIL;
pub(crate) use worker::{HandWorker, NAME as WORKER};

/// The id in a field of an answer.
pub(crate) fn id(value: &serde_json::Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
}
