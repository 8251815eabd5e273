//! Speaking to the API: requests that are sent again where that is safe, streams that are taken up
//! again where they broke off, and waiting for operations.

mod error;
mod follow;
mod http;
mod retry;
mod route;
mod sse;
mod wait;

pub use error::{Failure, Refusal, exit};
pub use follow::{Follow, Followed};
pub(crate) use http::is_loopback;
pub use http::{Answer, Body, Client, Connection, Stream};
pub use route::Route;
pub use sse::Sse;
pub(crate) use wait::check;
