//! Why the rules are not in place.

use std::time::Duration;

use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::store::StoreError;

use crate::runner::JobError;
use crate::runtime::RuntimeError;

/// What an operator is told to do where nothing else helps.
const OR_OFF: &str = "or turn isolation off with SANDBOXD_FIREWALL=off";

/// Why the rules are not in place.
#[derive(Debug, thiserror::Error)]
pub enum FirewallError {
    /// A program could not be run.
    #[error("{program} can't be run; install iptables on the worker's host, {OR_OFF}")]
    NotRun {
        /// Which.
        program: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A program failed.
    #[error("{program} failed ({status}): {output}; the worker needs CAP_NET_ADMIN, {OR_OFF}")]
    Failed {
        /// Which.
        program: &'static str,
        /// How it ended.
        status: String,
        /// The start of what it said.
        output: String,
    },
    /// A program did not end.
    #[error("{program} did not end within {after:?}; does something hold the xtables lock?")]
    Timeout {
        /// Which.
        program: &'static str,
        /// How long was waited.
        after: Duration,
    },
    /// What was set is not what is there.
    #[error("the rules don't stay as they are set: {0}; does another program change them?")]
    NotKept(String),
    /// The engine is told to leave iptables alone.
    #[error(
        "there is no chain DOCKER-USER: the engine must run with iptables, and the worker in its \
         network namespace"
    )]
    NoDockerChain,
    /// The engine doesn't make the sandboxes' network.
    #[error("the sandboxes' network can't be used: {0}")]
    NoNetwork(RuntimeError),
    /// The bridge isn't there for this process.
    #[error("there is no interface {0}: the worker must run in the engine's network namespace")]
    NoBridge(String),
    /// Packets between sandboxes would pass by the rules.
    #[error("bridged packets skip iptables: load br_netfilter and set {setting}=1")]
    BridgeUnfiltered {
        /// The kernel's setting.
        setting: &'static str,
        /// Why it could not be set.
        #[source]
        source: std::io::Error,
    },
    /// Another process of this installation has been changing them for too long.
    #[error("another worker is at the firewall and doesn't end")]
    Busy,
    /// A file of ours could not be used.
    #[error("{0}")]
    Io(&'static str, #[source] std::io::Error),
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
}

impl From<FirewallError> for JobError {
    fn from(error: FirewallError) -> Self {
        let public = ErrorBody::new(
            ErrorCode::Capacity,
            "the node's firewall is not in place, and nothing starts without it; /readyz says why",
        );
        Self::Retry { public, cause: Some(Box::new(error)) }
    }
}
