//! What exists on the fake engine, and how it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;

use crate::runtime::{
    ContainerEvent, ContainerEventKind, ContainerName, ContainerState, Phase, Result, RuntimeError,
    SandboxContainer, VolumeName, WorkspaceMount,
};

/// Events a slow reader may be behind before it loses some.
const EVENT_BUFFER: usize = 1024;
/// 128 + SIGKILL.
pub(super) const KILLED: i64 = 137;
/// 2026-01-01T00:00:00Z; every start is a second later than the one before.
const EPOCH: Timestamp = Timestamp::constant(1_767_225_600, 0);
const FIRST_HOST: u16 = 2;
const LAST_HOST: u16 = u16::MAX - 1;

#[derive(Debug)]
pub(super) struct Container {
    pub(super) node: String,
    pub(super) spec: SandboxContainer,
    pub(super) id: String,
    pub(super) phase: Phase,
    pub(super) address: Option<IpAddr>,
    pub(super) started_at: Option<Timestamp>,
    /// Whether PID 1 doesn't end when asked.
    pub(super) stubborn: bool,
}

#[derive(Debug)]
pub(super) struct Volume {
    pub(super) node: String,
    pub(super) sandbox_id: String,
    pub(super) options: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) containers: BTreeMap<String, Container>,
    pub(super) volumes: BTreeMap<VolumeName, Volume>,
    pub(super) images: BTreeMap<String, String>,
    pub(super) networks: BTreeSet<String>,
    /// Bytes all running containers may have as limits together.
    pub(super) memory_bytes: u64,
    events: broadcast::Sender<(String, ContainerEvent)>,
    starts: u32,
    ids: u64,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            containers: BTreeMap::new(),
            volumes: BTreeMap::new(),
            images: BTreeMap::new(),
            networks: BTreeSet::new(),
            memory_bytes: u64::MAX,
            events: broadcast::Sender::new(EVENT_BUFFER),
            starts: 0,
            ids: 0,
        }
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<(String, ContainerEvent)> {
        self.events.subscribe()
    }

    /// Ends every subscription, as an engine that goes down does.
    pub(super) fn cut_subscriptions(&mut self) {
        self.events = broadcast::Sender::new(EVENT_BUFFER);
    }

    /// Our container of this name, if there is one.
    pub(super) fn owned(
        &mut self,
        node: &str,
        name: &ContainerName,
    ) -> Result<Option<&mut Container>> {
        match self.containers.get_mut(name.as_str()) {
            Some(found) if found.node != node => Err(RuntimeError::conflict(
                format!("inspect {name}"),
                "a container of this name is not of this installation",
            )),
            found => Ok(found),
        }
    }

    pub(super) fn existing(
        &mut self,
        node: &str,
        operation: &str,
        name: &ContainerName,
    ) -> Result<&mut Container> {
        self.owned(node, name)?.ok_or_else(|| RuntimeError::not_found(operation, "no container"))
    }

    pub(super) fn create(&mut self, node: &str, spec: &SandboxContainer) -> Result<()> {
        let operation = format!("create {}", spec.name);
        if let Some(found) = self.owned(node, &spec.name)? {
            if found.spec.fingerprint() == spec.fingerprint() {
                return Ok(());
            }
            return Err(RuntimeError::Stale {
                name: spec.name.to_string(),
                found: describe(&found.spec),
                wanted: describe(spec),
            });
        }
        if !self.images.contains_key(&spec.image) {
            return Err(RuntimeError::NoImage { image: spec.image.clone() });
        }
        if let WorkspaceMount::Volume { name } = &spec.workspace {
            self.expect_volume(node, &operation, name)?;
        }
        self.ids += 1;
        let container = Container {
            node: node.to_owned(),
            spec: spec.clone(),
            id: format!("{:064x}", self.ids),
            phase: Phase::Created,
            address: None,
            started_at: None,
            stubborn: false,
        };
        self.containers.insert(spec.name.to_string(), container);
        Ok(())
    }

    pub(super) fn start(&mut self, node: &str, name: &ContainerName) -> Result<ContainerState> {
        let operation = format!("start {name}");
        let used: u64 = self
            .containers
            .values()
            .filter(|other| other.phase.is_live())
            .map(|other| other.spec.limits.memory_bytes)
            .sum();
        let (memory, address) = (self.memory_bytes, self.free_address());
        let (starts, found) = {
            let starts = self.starts;
            (starts, self.existing(node, &operation, name)?)
        };
        match found.phase {
            Phase::Running => return Ok(found.state()),
            Phase::Paused => return Err(RuntimeError::conflict(operation, "it is paused")),
            Phase::Removing => return Err(RuntimeError::conflict(operation, "it is removed")),
            Phase::Created | Phase::Exited { .. } => {}
        }
        if used.saturating_add(found.spec.limits.memory_bytes) > memory {
            let message = "cannot allocate memory".to_owned();
            return Err(RuntimeError::Engine { operation, status: 500, message });
        }
        found.phase = Phase::Running;
        found.address = Some(address);
        found.started_at = Some(EPOCH + SignedDuration::from_secs(i64::from(starts)));
        let state = found.state();
        self.starts += 1;
        self.emit(name.as_str(), ContainerEventKind::Started);
        Ok(state)
    }

    /// PID 1 of a live container ends.
    pub(super) fn die(&mut self, name: &str, code: i64, oom: bool) {
        let Some(found) = self.containers.get_mut(name) else { return };
        if !found.phase.is_live() {
            return;
        }
        found.phase = Phase::Exited { code, oom };
        found.address = None;
        if oom {
            self.emit(name, ContainerEventKind::Oom);
        }
        self.emit(name, ContainerEventKind::Died { exit_code: code });
    }

    /// A process of a live container that isn't PID 1 is killed for lack of memory.
    pub(super) fn lose_child(&self, name: &str) {
        if self.containers.get(name).is_some_and(|found| found.phase.is_live()) {
            self.emit(name, ContainerEventKind::Oom);
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.die(name, KILLED, false);
        self.emit(name, ContainerEventKind::Removed);
        self.containers.remove(name);
    }

    pub(super) fn freeze(&mut self, node: &str, name: &ContainerName, wanted: Phase) -> Result<()> {
        let operation = format!("set {name} to {wanted:?}");
        let found = self.existing(node, &operation, name)?;
        if found.phase == wanted {
            return Ok(());
        }
        if !found.phase.is_live() {
            return Err(RuntimeError::conflict(operation, "it is not running"));
        }
        found.phase = wanted;
        let kind = if wanted == Phase::Paused {
            ContainerEventKind::Paused
        } else {
            ContainerEventKind::Unpaused
        };
        self.emit(name.as_str(), kind);
        Ok(())
    }

    pub(super) fn expect_volume(
        &self,
        node: &str,
        operation: &str,
        name: &VolumeName,
    ) -> Result<()> {
        match self.volumes.get(name) {
            None => Err(RuntimeError::not_found(operation, format!("no volume {name}"))),
            Some(volume) if volume.node != node => Err(RuntimeError::conflict(
                operation,
                format!("volume {name} is not of this installation"),
            )),
            Some(_) => Ok(()),
        }
    }

    pub(super) fn volume_in_use(&self, name: &VolumeName) -> bool {
        self.containers.values().any(|container| {
            matches!(&container.spec.workspace, WorkspaceMount::Volume { name: used } if used == name)
        })
    }

    /// Tells what happened to a container that still exists.
    fn emit(&self, name: &str, kind: ContainerEventKind) {
        let Some(found) = self.containers.get(name) else { return };
        let event = ContainerEvent {
            name: found.spec.name.clone(),
            sandbox_id: found.spec.sandbox_id.clone(),
            generation: found.spec.generation,
            kind,
        };
        // An error only says that nobody listens.
        let _ = self.events.send((found.node.clone(), event));
    }

    /// The lowest free one, so that a dead container's address goes to the next, as on a bridge.
    fn free_address(&self) -> IpAddr {
        let used: BTreeSet<IpAddr> = self.containers.values().filter_map(|c| c.address).collect();
        (FIRST_HOST..=LAST_HOST)
            .map(|host| {
                let [high, low] = host.to_be_bytes();
                IpAddr::V4(Ipv4Addr::new(10, 88, high, low))
            })
            .find(|address| !used.contains(address))
            .expect("invariant: a test has fewer containers than a /16 has addresses")
    }
}

impl Container {
    pub(super) fn state(&self) -> ContainerState {
        ContainerState {
            name: self.spec.name.clone(),
            id: self.id.clone(),
            sandbox_id: self.spec.sandbox_id.clone(),
            generation: self.spec.generation,
            operation_id: self.spec.operation_id.clone(),
            phase: self.phase,
            address: self.address,
            started_at: self.started_at,
            image: self.spec.image.clone(),
        }
    }
}

fn describe(spec: &SandboxContainer) -> String {
    format!("sandbox {} generation {}", spec.sandbox_id, spec.generation)
}
