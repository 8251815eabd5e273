//! What sandboxes reach on the network: rules on the host, kept in place and read back. A sandbox
//! has its address before its container, so that its rules are in before it runs.
//!
//! What is absent: any trust in Docker's own rules beyond their jump to `DOCKER-USER`, and any text
//! of a client's in a command line.

mod address;
mod error;
mod guard;
mod host;
mod hosts;
mod iptables;
mod keeper;
mod names;
mod ruleset;
mod settings;
mod table;
mod watch;

pub use error::FirewallError;
pub use guard::{Guard, Unguarded};
pub use keeper::Firewall;
pub use names::{HostNames, Names};
pub use settings::{DEFAULT_SUBNET, FirewallSettings, MAX_RESOLVERS, bridge_name, host_resolvers};
