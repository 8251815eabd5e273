//! The OpenAPI document: made from the routes as they are served, and what they have in common.

mod accepted;
mod common;
mod document;
mod examples;
mod refusals;
mod shared;

pub(crate) use accepted::Accepted;
pub use document::{document, yaml};
pub(crate) use refusals::{Conflict, NotFound, NotReady};
