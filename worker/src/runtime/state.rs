//! What an engine tells us.

use std::borrow::Cow;
use std::net::IpAddr;

use jiff::Timestamp;

use super::{ContainerName, VolumeName};

/// One of our containers as the engine sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerState {
    /// Its name.
    pub name: ContainerName,
    /// The engine's own id; another one after remove and create.
    pub id: String,
    /// The sandbox it belongs to.
    pub sandbox_id: String,
    /// The workspace generation it stands on.
    pub generation: u32,
    /// The operation that made it.
    pub operation_id: String,
    /// What it is doing.
    pub phase: Phase,
    /// Its address on our bridge while it runs or is paused. An engine gives the address of a
    /// dead container to the next one: never keep it longer than the container.
    pub address: Option<IpAddr>,
    /// When it was last started. `None` if never, and always in a list.
    pub started_at: Option<Timestamp>,
    /// The image it was made from, as the spec named it.
    pub image: String,
}

/// What a container is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Made and never started.
    Created,
    /// Its processes run.
    Running,
    /// Its processes are frozen.
    Paused,
    /// PID 1 is gone.
    Exited {
        /// Its exit code; 128 + signal if a signal ended it.
        code: i64,
        /// Whether the kernel killed a process of it for lack of memory.
        oom: bool,
    },
    /// The engine is removing it, or failed half-way: remove it again.
    Removing,
}

impl Phase {
    /// Whether it has live processes, frozen or not.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// Something that happened to one of our containers, whoever caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerEvent {
    /// The container.
    pub name: ContainerName,
    /// The sandbox it belongs to.
    pub sandbox_id: String,
    /// The workspace generation it stands on; tells news of an older container from this one's.
    pub generation: u32,
    /// What happened.
    pub kind: ContainerEventKind,
}

/// What happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerEventKind {
    /// It was started.
    Started,
    /// PID 1 ended.
    Died {
        /// Its exit code.
        exit_code: i64,
    },
    /// The kernel killed a process in it for lack of memory; it may go on without that one.
    Oom,
    /// It was removed.
    Removed,
    /// It was frozen.
    Paused,
    /// It was thawed.
    Unpaused,
}

/// One of our volumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeInfo {
    /// Its name.
    pub name: VolumeName,
    /// The sandbox it belongs to.
    pub sandbox_id: String,
}

/// The network that all sandboxes share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkInfo {
    /// The engine's name for it.
    pub name: String,
    /// The bridge interface on the host, for firewall rules.
    pub bridge: String,
    /// Its subnet in CIDR notation.
    pub subnet: Option<String>,
    /// The host's address on it.
    pub gateway: Option<IpAddr>,
    /// Whether traffic between sandboxes is blocked. It is only if bridged packets pass
    /// iptables, which is a setting of the kernel (`net.bridge.bridge-nf-call-iptables`).
    pub isolated: bool,
}

/// What the engine says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// Its version, such as `20.10.24`.
    pub version: String,
    /// Its API version, such as `1.41`.
    pub api_version: String,
    /// CPUs of its host.
    pub cpus: u64,
    /// Bytes of memory of its host.
    pub memory_bytes: u64,
    /// OCI runtimes it has configured.
    pub oci_runtimes: Vec<String>,
    /// Whether its default seccomp profile is in force.
    pub seccomp: bool,
    /// Whether it runs without root: overlay workspaces are impossible then.
    pub rootless: bool,
    /// Whether it maps container users to others on the host.
    pub userns_remap: bool,
    /// Whether bridged packets pass iptables.
    pub bridge_filtered: bool,
    /// How it keeps images and containers, such as `overlay2`.
    pub storage_driver: String,
    /// Version and driver of its control groups, such as `2 (systemd)`.
    pub cgroup: String,
    /// The limits of a sandbox that its kernel can't enforce.
    pub unenforced: Vec<&'static str>,
}

/// What a command in a container did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutput {
    /// Its exit code. A program that can't be started is 126 or 127.
    pub code: i64,
    /// The start of what it wrote to stdout and stderr, as they came. Hostile.
    pub output: Vec<u8>,
    /// Whether it wrote more than `output` holds.
    pub truncated: bool,
}

impl ExecOutput {
    /// The most bytes of output that are kept.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// The output as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.output)
    }
}
