//! What all routes have in common: how a request is read and how an answer is written.

mod act;
mod answer;
mod envelope;
mod error;
mod error_answer;
mod json;
mod once;
mod page;
mod path_id;
mod prefer;
mod query;
mod wait;

pub(crate) use act::{Outcome, act};
pub(crate) use answer::Answer;
pub(crate) use envelope::{envelope, unknown_route};
pub(crate) use error::ApiError;
pub(crate) use error_answer::ErrorAnswer;
pub(crate) use json::{JsonBody, Object, object, some};
pub(crate) use once::{Once, Post};
pub(crate) use page::{LIMIT_DEFAULT, LIMIT_MAX, page};
pub(crate) use path_id::{PathId, PathIds};
pub(crate) use prefer::Prefer;
pub(crate) use query::{Query, SearchText};
pub(crate) use wait::{WAIT_MAX, until_finished};
