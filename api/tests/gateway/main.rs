//! The preview gateway, spoken to over loopback. Directory and waker are fakes, applications
//! are small real servers.

#![expect(clippy::unwrap_used, reason = "fakes and small servers are test code, too")]

mod answers;
mod hygiene;
mod lifecycle;
mod pooling;
mod private;
mod refusing;
mod smuggling;
mod streaming;
mod support;
mod tunnels;
mod waking;
