//! A model that answers by rule: it speaks the APIs of OpenAI, Anthropic and Google, calls the tools
//! that a coding agent offers, and does what the prompt's own words say (see [`script`]), so that
//! suites can run real agents without the internet. What it was asked is kept, and served at
//! `/_log`.

mod chat;
mod gemini;
mod log;
mod messages;
mod responses;
pub mod script;
mod server;
mod sse;
mod tools;
mod turn;

pub use log::{Log, Request};
pub use server::{FakeModel, serve};

/// What every answer counts as: tokens in, of these from a cache, and out.
pub const TOKENS: (u64, u64, u64) = (100, 30, 20);
