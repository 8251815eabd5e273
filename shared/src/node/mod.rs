//! What the API and the node service of a worker have in common: where the service listens, the
//! frames that streams come in, and what is asked.

mod diff;
mod finding;
pub mod frames;
mod request;
mod socket;

pub use diff::{FileDiff, FileStatus, SnapshotDiff};
pub use finding::{Finding, Severity, chain};
pub use request::{
    ENTRIES_MAX, EXEC_TIMEOUT_MAX, Entries, Entry, EntryKind, ExecEnd, ExecRequest, LOG_BYTES_MAX,
    Pty, UPGRADE, UPLOAD_MAX, Written,
};
pub use socket::NearSocket;
