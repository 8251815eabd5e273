//! What receivers of webhooks see: messages, signatures and their secrets (Standard Webhooks,
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

mod message;
mod secret;

pub use message::{TEST_TYPE, message, test_message};
pub use secret::{InvalidSecret, WebhookSecret};
