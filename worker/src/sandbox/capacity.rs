//! What the host has to spare. Asked before anything is begun or destroyed.

use std::fmt::Debug;
use std::sync::Arc;

use sandboxd_shared::jobs::capture_snapshot;

use crate::runner::JobError;
use crate::workspace::WorkspaceDriver;

/// What is free.
pub trait Capacity: Send + Sync + Debug {
    /// Bytes of memory that are free; none if the host can't say.
    fn free_memory(&self) -> Option<u64>;

    /// Bytes of memory that must stay free.
    fn memory_headroom(&self) -> u64;

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
    fn free_memory(&self) -> Option<u64> {
        memory_available()
    }

    fn memory_headroom(&self) -> u64 {
        self.memory_headroom
    }

    fn admit_disk(&self) -> Result<(), JobError> {
        let free = self.driver.free_bytes()?;
        if free >= self.disk_headroom {
            return Ok(());
        }
        Err(JobError::Retry { public: capture_snapshot::disk_full(free), cause: None })
    }
}
