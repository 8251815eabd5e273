//! The timeline, as pages and as a live stream.

pub(crate) mod list;
mod stream;
