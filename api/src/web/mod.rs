//! What all routes have in common: how a request is read and how an answer is written.

mod accept;
mod act;
mod answer;
mod envelope;
mod error;
mod error_answer;
mod force;
mod json;
mod once;
mod page;
mod path_id;
mod prefer;
mod query;
mod wait;

pub(crate) use accept::{accepts, wants_events};
pub(crate) use act::{Outcome, act, act_with_secret};
pub(crate) use answer::Answer;
pub(crate) use envelope::{RequestId, envelope, unknown_route};
pub(crate) use error::ApiError;
pub(crate) use error_answer::ErrorAnswer;
pub(crate) use force::{Force, running_task};
pub(crate) use json::{JsonBody, Object, object, read_json, some};
pub(crate) use once::{Once, Post};
pub(crate) use page::{LIMIT_DEFAULT, LIMIT_MAX, PAGE_BYTES, page};
pub(crate) use path_id::{Noun, PathId, PathIds};
pub(crate) use prefer::Prefer;
pub(crate) use query::{Query, SearchText};
pub(crate) use wait::{WAIT_MAX, until_finished};
