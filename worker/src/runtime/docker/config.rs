//! Settings of the Docker runtime. The binary reads them; this library reads no environment.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::Ipv4Net;
use rustix::process::{Resource, getrlimit};

/// Looking something up: the engine answers from memory, but waits for a container's own lock.
const LOOK_UP: Duration = Duration::from_secs(10);
/// Making a container: 20 ms when idle, more when many are made at once.
const CREATE: Duration = Duration::from_secs(30);
/// Starting one: 250 ms when idle, bound by the OCI runtime's CPU.
const START: Duration = Duration::from_secs(60);
/// On top of the grace a caller gives: kill, and unmount, which writes the page cache out.
const STOP: Duration = Duration::from_secs(60);
/// Removing a container, with the same unmount.
const REMOVE: Duration = Duration::from_secs(60);
/// Freezing and thawing.
const FREEZE: Duration = Duration::from_secs(15);
/// Making and removing a volume.
const VOLUME: Duration = Duration::from_secs(30);
/// Making the network.
const NETWORK: Duration = Duration::from_secs(30);

/// How long each kind of call may take before it counts as [`Timeout`].
///
/// [`Timeout`]: crate::runtime::RuntimeError::Timeout
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLimits {
    /// Ping, inspect and list.
    pub look_up: Duration,
    /// Creating a container.
    pub create: Duration,
    /// Starting a container.
    pub start: Duration,
    /// Stopping a container, on top of the caller's grace.
    pub stop: Duration,
    /// Removing a container until it is gone.
    pub remove: Duration,
    /// Pausing and unpausing.
    pub freeze: Duration,
    /// Creating and removing a volume.
    pub volume: Duration,
    /// Creating the network.
    pub network: Duration,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            look_up: LOOK_UP,
            create: CREATE,
            start: START,
            stop: STOP,
            remove: REMOVE,
            freeze: FREEZE,
            volume: VOLUME,
            network: NETWORK,
        }
    }
}

/// Which engine, and what is ours on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerConfig {
    /// The engine's Unix socket.
    pub socket: PathBuf,
    /// Names this installation on the engine (letters, digits, `-`, `_`, `.`, at most 64): only
    /// containers and volumes with this label are touched.
    pub node: String,
    /// The network of all sandboxes.
    pub network: String,
    /// Its bridge interface on the host; a kernel interface name, so at most 15 characters.
    pub bridge: String,
    /// Its subnet. Given one, the network is this installation's alone and addresses in it can be
    /// chosen; without one the engine chooses a subnet and all addresses.
    pub subnet: Option<Ipv4Net>,
    /// The most open files a sandbox may be given. An OCI runtime that may not raise its own
    /// hard limit fails every start above it.
    pub nofile_ceiling: Option<u64>,
    /// Time limits.
    pub call_limits: CallLimits,
}

impl DockerConfig {
    /// The defaults: network `sandboxd` on bridge `sandboxd0`, and this process's own hard limit
    /// on open files as the ceiling, since the engine is on the same host.
    #[must_use]
    pub fn new(socket: impl Into<PathBuf>, node: impl Into<String>) -> Self {
        Self {
            socket: socket.into(),
            node: node.into(),
            network: "sandboxd".to_owned(),
            bridge: "sandboxd0".to_owned(),
            subnet: None,
            nofile_ceiling: getrlimit(Resource::Nofile).maximum,
            call_limits: CallLimits::default(),
        }
    }
}
