//! Running operations: claim, lock, lease, steps, retries, undo. The rules are in
//! docs/ARCHITECTURE.md; apalis only says which operation to look at.

mod attempt;
mod backoff;
mod context;
mod error;
mod lease;
mod lock;
mod reaper;

pub use attempt::Runner;
pub use context::JobContext;
pub use error::JobError;
pub use lock::{Held, LockError, SandboxLocks};
pub use reaper::Reaper;
