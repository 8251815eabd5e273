//! A sandbox's parts as the jobs use them: its workspace in rows and bytes, its container, the
//! program inside, and what the host has to spare.

mod capacity;
mod container;
mod diff;
mod environment;
mod excess;
mod init;
mod live;
mod merge;
mod offline;
mod place;
mod replace;
mod seal;
mod sealed;
mod set_environment;
mod storage;

pub use capacity::{Capacity, HostCapacity};
pub use container::{Containers, SandboxSettings, container_name};
pub use environment::{EnvironmentError, Environments, Given};
pub use init::{Init, InitError, InitState, InitStatus, SocketInit, connect};
pub use offline::Opened;
pub use place::{OWNER, Place};
pub use sealed::Sealed;
pub use set_environment::SetEnvironment;
pub(crate) use set_environment::request_with;
pub use storage::{Captured, Storage};
