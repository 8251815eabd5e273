//! What the host has to spare. Asked before anything is begun or destroyed.

use std::fmt::Debug;
use std::sync::Arc;

use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::jobs::capture_snapshot;
use serde_json::json;

use crate::runner::JobError;
use crate::workspace::WorkspaceDriver;

/// What is free.
pub trait Capacity: Send + Sync + Debug {
    /// Refuses if there is too little memory for one more sandbox.
    ///
    /// # Errors
    /// `capacity`, to be retried.
    fn admit_memory(&self) -> Result<(), JobError>;

    /// Refuses if the disk is nearly full.
    ///
    /// # Errors
    /// `capacity`, to be retried.
    fn admit_disk(&self) -> Result<(), JobError>;
}

/// The host itself: `MemAvailable` of `/proc/meminfo` (`proc(5)`), and the data directory's file
/// system.
#[derive(Debug)]
pub struct HostCapacity {
    /// Bytes of memory that must be free.
    pub memory_headroom: u64,
    /// Bytes of disk that must be free.
    pub disk_headroom: u64,
    /// Who knows the disk.
    pub driver: Arc<dyn WorkspaceDriver>,
}

fn memory_available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

impl Capacity for HostCapacity {
    fn admit_memory(&self) -> Result<(), JobError> {
        // A host that can't say is taken to have enough.
        let Some(free) = memory_available() else { return Ok(()) };
        if free >= self.memory_headroom {
            return Ok(());
        }
        let public = ErrorBody::new(
            ErrorCode::Capacity,
            "the host has too little free memory; stop sandboxes, or add memory, and try again",
        )
        .with_details(json!({ "free_bytes": free, "needed_bytes": self.memory_headroom }));
        Err(JobError::Retry { public, cause: None })
    }

    fn admit_disk(&self) -> Result<(), JobError> {
        let free = self.driver.free_bytes()?;
        if free >= self.disk_headroom {
            return Ok(());
        }
        Err(JobError::Retry { public: capture_snapshot::disk_full(free), cause: None })
    }
}
