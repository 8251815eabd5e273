//! Putting the rules in place: read from the rows, compared with what is there, changed in one step
//! and read back. One process of an installation does so at a time.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::try_join_all;
use ipnet::Ipv4Net;
use sandboxd_shared::domain::{Egress, EgressPolicy, EgressTarget, ErrorCode};
use sandboxd_shared::feed::Changes;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::network::Attached;
use sandboxd_shared::store::{Store, network};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::hosts::{self, Hosts};
use super::iptables::{self, Family};
use super::ruleset::{self, Access, Grant, Opening, Ruleset};
use super::{FirewallError, FirewallSettings, Guard, Names, address, host, names};
use crate::runner::{JobContext, JobError, SandboxLocks};
use crate::runtime::{Attachment, Runtime};

/// How long another process may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// The lock between processes.
const LOCK: &str = "firewall";
/// An answer of a name server that is newer is not asked for again at a start.
const FRESH: Duration = Duration::from_mins(1);
/// How long a start waits for name servers. What isn't known by then is opened when it is.
const START_NAMES: Duration = Duration::from_secs(5);

/// The firewall of a node.
#[derive(Debug)]
pub struct Firewall {
    pub(super) store: Store,
    pub(super) node: String,
    settings: FirewallSettings,
    runtime: Arc<dyn Runtime>,
    names: Arc<dyn Names>,
    pub(super) hosts: Hosts,
    locks: SandboxLocks,
    /// Whether the network was found to be this installation's.
    is_ours: AtomicBool,
    /// Within a process they wait here, in order.
    turn: Mutex<()>,
}

/// What the rules are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    grants: Vec<Grant>,
    hosts: Vec<(SandboxId, String)>,
}

impl Firewall {
    /// The firewall of `node`, with hosts files in `hosts` and locks in `locks`, which exists.
    #[must_use]
    pub fn new(
        store: Store,
        node: String,
        settings: FirewallSettings,
        runtime: Arc<dyn Runtime>,
        names: Arc<dyn Names>,
        hosts: PathBuf,
        locks: SandboxLocks,
    ) -> Self {
        let (hosts, turn, is_ours) = (Hosts::new(hosts), Mutex::new(()), AtomicBool::new(false));
        Self { store, node, settings, runtime, names, hosts, locks, is_ours, turn }
    }

    /// Reads what should be.
    pub(super) async fn plan(&self) -> Result<Plan, FirewallError> {
        let since = names::kept_since(self.store.clock().now());
        let mut conn = self.store.read().await?;
        let rows = network::attached(&mut conn, &self.node).await?;
        let resolved = network::resolved(&mut conn, &self.node, since).await?;
        drop(conn);
        let known = names::by_name(&resolved);
        let mut plan = Plan { grants: Vec::new(), hosts: Vec::new() };
        for Attached { id, address, egress } in &rows {
            if !address::is_usable(self.settings.subnet, *address) {
                continue;
            }
            if let Some(access) = access(egress, &known) {
                plan.grants.push(Grant { address: *address, access });
            }
            plan.hosts.push((*id, hosts::text(*address, &names_of(egress, &known))));
        }
        Ok(plan)
    }

    /// Makes what is there what should be, and proves it. Gives the plan that it followed.
    ///
    /// # Errors
    /// Whatever kept it from being so.
    pub(super) async fn ensure(&self) -> Result<Plan, FirewallError> {
        let _turn = self.turn.lock().await;
        let _held = self.locks.take(LOCK, PATIENCE).await.map_err(|_| FirewallError::Busy)?;
        self.bridge().await?;
        host::filter_bridges()?;
        // Read under the lock: whoever comes later has read no older rows.
        let plan = self.plan().await?;
        for (id, text) in &plan.hosts {
            self.hosts
                .write(*id, text)
                .map_err(|error| FirewallError::Io("a hosts file can't be written", error))?;
        }
        let families = Family::of_this_host();
        try_join_all(families.iter().map(|family| self.settle(*family, &plan))).await?;
        Ok(plan)
    }

    fn wanted(&self, family: Family, plan: &Plan) -> Ruleset {
        match family {
            Family::V4 => ruleset::v4(&self.settings, &plan.grants),
            Family::V6 => ruleset::v6(&self.settings),
        }
    }

    async fn settle(&self, family: Family, plan: &Plan) -> Result<(), FirewallError> {
        let wanted = self.wanted(family, plan);
        let found = iptables::read(family).await?;
        if family == Family::V4 && !found.has_chain("DOCKER-USER") {
            return Err(FirewallError::NoDockerChain);
        }
        let Some(difference) = found.difference(&wanted) else { return Ok(()) };
        tracing::debug!(?family, difference, "changing the firewall");
        iptables::apply(family, found.change(&wanted)).await?;
        match iptables::read(family).await?.difference(&wanted) {
            Some(difference) => Err(FirewallError::NotKept(difference)),
            None => Ok(()),
        }
    }

    /// The network is looked at once, and again when its bridge is gone: one that nothing runs on
    /// may be pruned. Rules for a bridge of another installation would spoil that one's.
    async fn bridge(&self) -> Result<(), FirewallError> {
        let bridge = &self.settings.bridge;
        if self.is_ours.load(Ordering::Relaxed) && host::has_bridge(bridge)? {
            return Ok(());
        }
        self.runtime.ensure_network().await.map_err(FirewallError::NoNetwork)?;
        self.is_ours.store(true, Ordering::Relaxed);
        if host::has_bridge(bridge)? {
            Ok(())
        } else {
            Err(FirewallError::NoBridge(bridge.clone()))
        }
    }

    /// Takes all rules of this bridge away.
    ///
    /// # Errors
    /// If iptables fails.
    pub async fn remove(bridge: &str) -> Result<(), FirewallError> {
        for family in Family::of_this_host() {
            let found = iptables::read(family).await?;
            if let Some(text) = found.removal(&ruleset::prefix(bridge)) {
                iptables::apply(family, text).await?;
            }
        }
        Ok(())
    }

    /// All names that allowlists of this node's sandboxes have.
    pub(super) async fn names(&self) -> Result<BTreeSet<String>, FirewallError> {
        let mut conn = self.store.read().await?;
        let rows = network::attached(&mut conn, &self.node).await?;
        Ok(rows.iter().flat_map(|row| row.egress.names()).map(str::to_owned).collect())
    }

    /// Looks up the names of one sandbox that nobody has asked for lately.
    async fn refresh_names_of(&self, sandbox: SandboxId) -> Result<(), FirewallError> {
        let mut conn = self.store.read().await?;
        let rows = network::attached(&mut conn, &self.node).await?;
        let Some(row) = rows.iter().find(|row| row.id == sandbox) else { return Ok(()) };
        let mut wanted: BTreeSet<String> = row.egress.names().map(str::to_owned).collect();
        if !wanted.is_empty() {
            let since = self.store.clock().now().minus(FRESH);
            for fresh in network::resolved(&mut conn, &self.node, since).await? {
                wanted.remove(&fresh.name);
            }
        }
        drop(conn);
        self.look_up(wanted, START_NAMES).await
    }

    /// Looks names up and writes down what they have.
    pub(super) async fn look_up(
        &self,
        wanted: BTreeSet<String>,
        limit: Duration,
    ) -> Result<(), FirewallError> {
        if wanted.is_empty() {
            return Ok(());
        }
        let names = self.names.as_ref();
        Ok(names::refresh(&self.store, &self.node, names, wanted, limit).await?)
    }

    async fn address(&self, cx: &JobContext, sandbox: SandboxId) -> Result<Ipv4Addr, JobError> {
        let mut tx = cx.fenced_write().await?;
        let subnet = self.settings.subnet;
        // One from before the operator chose another subnet is of no use.
        if let Some(own) = network::address_of(&mut tx, sandbox).await?
            && address::is_usable(subnet, own)
        {
            return Ok(own);
        }
        let taken: HashSet<Ipv4Addr> =
            network::addresses(&mut tx, &self.node).await?.into_iter().collect();
        let picked = address::pick(subnet, &taken, sandbox).ok_or_else(|| {
            JobError::retry(
                ErrorCode::Capacity,
                format!("all addresses of {subnet} are taken; set a larger SANDBOXD_SUBNET"),
            )
        })?;
        network::set_address(&mut tx, sandbox, picked).await?;
        tx.commit_quietly().await?;
        Ok(picked)
    }
}

#[async_trait]
impl Guard for Firewall {
    async fn attach(&self, cx: &JobContext, sandbox: SandboxId) -> Result<Attachment, JobError> {
        let address = self.address(cx, sandbox).await?;
        // The mount needs it to be there; what is in it comes with the rules.
        let empty = hosts::text(address, &BTreeMap::new());
        if !self.hosts.path(sandbox).exists() {
            self.hosts
                .write(sandbox, &empty)
                .map_err(|error| FirewallError::Io("a hosts file can't be made", error))?;
        }
        Ok(Attachment {
            address: Some(address),
            resolvers: self.settings.resolvers.clone(),
            hosts: Some(self.hosts.path(sandbox)),
        })
    }

    async fn admit(&self, sandbox: SandboxId) -> Result<(), JobError> {
        self.refresh_names_of(sandbox).await?;
        self.ensure().await?;
        Ok(())
    }

    async fn inspect(&self) -> Result<bool, FirewallError> {
        // Nobody changes them meanwhile.
        let _turn = self.turn.lock().await;
        let _held = self.locks.take(LOCK, PATIENCE).await.map_err(|_| FirewallError::Busy)?;
        let bridge = &self.settings.bridge;
        if !host::has_bridge(bridge)? {
            return Err(FirewallError::NoBridge(bridge.clone()));
        }
        let plan = self.plan().await?;
        for family in Family::of_this_host() {
            let found = iptables::read(family).await?;
            if let Some(difference) = found.difference(&self.wanted(family, &plan)) {
                return Err(FirewallError::NotKept(difference));
            }
        }
        Ok(true)
    }

    async fn watch(&self, changes: Changes, shutdown: CancellationToken) {
        self.keep(changes, shutdown).await;
    }
}

/// What a policy lets through; none is nothing.
fn access(egress: &Egress, known: &BTreeMap<&str, Vec<Ipv4Addr>>) -> Option<Access> {
    match egress.policy {
        EgressPolicy::Open => Some(Access::Open),
        EgressPolicy::None => None,
        EgressPolicy::Allowlist => {
            let openings = egress.allow.iter().flat_map(|rule| {
                let nets: Vec<Ipv4Net> = match &rule.target {
                    EgressTarget::Net(net) => vec![*net],
                    EgressTarget::Host(name) => known
                        .get(name.as_str())
                        .into_iter()
                        .flatten()
                        .map(|address| Ipv4Net::from(*address))
                        .collect(),
                };
                nets.into_iter().map(|net| Opening { net, port: rule.port })
            });
            let openings: BTreeSet<Opening> = openings.collect();
            Some(Access::Only(openings.into_iter().collect()))
        }
    }
}

fn names_of<'a>(
    egress: &'a Egress,
    known: &BTreeMap<&str, Vec<Ipv4Addr>>,
) -> BTreeMap<&'a str, Vec<Ipv4Addr>> {
    let found = egress.names().filter_map(|name| Some((name, known.get(name)?.clone())));
    found.collect()
}

#[cfg(test)]
#[path = "keeper_tests.rs"]
mod keeper_tests;

#[cfg(test)]
mod tests {
    use super::*;

    fn egress(json: &str) -> Egress {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_allowlist_opens_only_what_its_names_have() {
        let addresses = vec![Ipv4Addr::new(192, 0, 2, 2), Ipv4Addr::new(192, 0, 2, 1)];
        let known =
            BTreeMap::from([("a.com", addresses), ("other.com", vec![Ipv4Addr::BROADCAST])]);
        let list = egress(r#"{"policy":"allowlist","allow":["a.com:443","b.com","9.0.0.0/8"]}"#);
        let Some(Access::Only(openings)) = access(&list, &known) else { panic!("it is a list") };
        let shown: Vec<String> =
            openings.iter().map(|opening| format!("{} {:?}", opening.net, opening.port)).collect();
        assert_eq!(shown, ["9.0.0.0/8 None", "192.0.2.1/32 Some(443)", "192.0.2.2/32 Some(443)"]);
        assert_eq!(names_of(&list, &known).keys().collect::<Vec<_>>(), [&"a.com"]);
    }

    #[test]
    fn none_and_an_empty_allowlist_open_nothing() {
        let known = BTreeMap::new();
        assert_eq!(access(&egress(r#"{"policy":"none"}"#), &known), None);
        let empty = access(&egress(r#"{"policy":"allowlist"}"#), &known);
        assert_eq!(empty, Some(Access::Only(Vec::new())));
        assert_eq!(access(&Egress::default(), &known), Some(Access::Open));
    }
}
