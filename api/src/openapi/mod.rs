//! The OpenAPI document: made from the routes as they are served, and what they have in common.

mod accepted;
mod common;
mod document;
mod examples;
mod page;
mod refusals;
mod shared;

pub(crate) use accepted::Accepted;
pub use document::{document, yaml};
pub(crate) use page::Page;
pub(crate) use refusals::{
    Capacity, Conflict, Internal, InvalidRequest, NotFound, NotReady, SandboxUnavailable, TooLarge,
    TooManyRequests, Unauthorized, UnsupportedMediaType,
};
