//! The container runtime: what the rest of the worker may ask of a container engine.
//!
//! [`Runtime`] speaks the product's nouns (sandbox, generation, workspace); [`docker`] does it
//! on a Docker engine and [`fake`] in memory. Both pass the same suite
//! (`tests/runtime_conformance`).
//!
//! Architecture invariant: nothing outside `docker/` knows bollard, and nothing here knows jobs,
//! rows or HTTP.

mod check;
mod contract;
pub mod docker;
mod error;
pub mod fake;
mod limits;
mod name;
mod spec;
mod state;
mod timed;

pub use contract::{EventStream, Runtime};
pub use error::{Result, RuntimeError};
pub use limits::Limits;
pub use name::{ContainerName, VolumeName};
pub use spec::{Attachment, SandboxContainer, WorkspaceMount};
pub use state::{
    ContainerEvent, ContainerEventKind, ContainerState, EngineInfo, ExecOutput, NetworkInfo, Phase,
    VolumeInfo,
};
pub use timed::Timed;
