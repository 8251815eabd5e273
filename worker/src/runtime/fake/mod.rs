//! The runtime in memory, for tests of whatever stands on [`super::Runtime`].
//!
//! One [`FakeEngine`] is one engine; every worker of a test takes a [`FakeRuntime`] on it. It
//! behaves as Docker does in all that the conformance suite pins (frozen volume options, reused
//! addresses, containers that keep volumes in use), and can be told to fail at any call.

mod engine;
mod faults;
mod runtime;
mod world;

pub use engine::{FakeEngine, FakeRuntime};
pub use faults::Call;
