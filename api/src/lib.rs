//! The API process of sandboxd: the HTTP API and the preview gateway.

pub mod gateway;
pub mod previews;
