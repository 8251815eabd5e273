//! A sandbox's parts as the jobs use them: its workspace in rows and bytes, its container, the
//! program inside, and what the host has to spare.

mod capacity;
mod container;
mod init;
mod live;
mod merge;
mod offline;
mod place;
mod replace;
mod seal;
mod storage;

pub use capacity::{Capacity, HostCapacity};
pub use container::{Containers, SandboxSettings, container_name};
pub use init::{Init, InitError, InitState, InitStatus, SocketInit, connect};
pub use offline::Opened;
pub use place::{OWNER, Place};
pub use storage::{Captured, Storage};
