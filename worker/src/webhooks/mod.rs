//! Sending what is in the outbox of webhooks: any worker takes what is due, sends it, and writes
//! down what came of it. One that dies in between leaves a claim that runs out; then the message is
//! sent again, with the same id.

mod address;
mod courier;
mod dial;
mod excerpt;
mod post;
mod schedule;
mod settle;

pub use courier::Courier;
pub use dial::{Dialer, Resolve, SystemResolver, TlsError};
pub use post::{Poster, SendError};
