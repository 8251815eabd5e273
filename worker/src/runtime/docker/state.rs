//! The engine's answers about containers in our words.

use std::collections::HashMap;
use std::net::IpAddr;

use bollard::models::{
    ContainerInspectResponse, ContainerStateStatusEnum, ContainerSummary,
    ContainerSummaryStateEnum, EndpointSettings,
};
use jiff::Timestamp;

use super::labels::{self, Labels};
use crate::runtime::{ContainerName, ContainerState, Phase};

/// What the engine answers for a time that never was.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// What our labels on a container say.
pub(super) struct Identity {
    pub(super) name: ContainerName,
    pub(super) sandbox_id: String,
    pub(super) generation: u32,
    pub(super) operation_id: String,
    pub(super) image: String,
}

/// Reads the labels of a container; `None` if it isn't ours.
pub(super) fn identity(name: &str, labels: &Labels, node: &str) -> Option<Identity> {
    if !labels::are_ours(labels, node) {
        return None;
    }
    Some(Identity {
        name: ContainerName::new(name.trim_start_matches('/')).ok()?,
        sandbox_id: labels.get(labels::SANDBOX)?.clone(),
        generation: labels.get(labels::GENERATION)?.parse().ok()?,
        operation_id: labels.get(labels::OPERATION)?.clone(),
        image: labels.get(labels::IMAGE)?.clone(),
    })
}

/// A full answer; `None` if the container isn't ours.
pub(super) fn inspected(
    answer: &ContainerInspectResponse,
    node: &str,
    network: &str,
) -> Option<ContainerState> {
    let config = answer.config.as_ref()?;
    let who = identity(answer.name.as_deref()?, config.labels.as_ref()?, node)?;
    let state = answer.state.as_ref()?;
    let phase = match state.status? {
        ContainerStateStatusEnum::CREATED | ContainerStateStatusEnum::EMPTY => Phase::Created,
        ContainerStateStatusEnum::RUNNING
        | ContainerStateStatusEnum::RESTARTING
        | ContainerStateStatusEnum::STOPPING => Phase::Running,
        ContainerStateStatusEnum::PAUSED => Phase::Paused,
        ContainerStateStatusEnum::EXITED => Phase::Exited {
            code: state.exit_code.unwrap_or_default(),
            oom: state.oom_killed.unwrap_or_default(),
        },
        ContainerStateStatusEnum::REMOVING | ContainerStateStatusEnum::DEAD => Phase::Removing,
    };
    let networks = answer.network_settings.as_ref().and_then(|all| all.networks.as_ref());
    Some(ContainerState {
        name: who.name,
        id: answer.id.clone()?,
        sandbox_id: who.sandbox_id,
        generation: who.generation,
        operation_id: who.operation_id,
        phase,
        address: address(phase, networks, network),
        started_at: state.started_at.as_deref().and_then(time),
        image: who.image,
    })
}

/// An entry of a list. It knows neither exit code nor out of memory: `Exited` says 0 and false.
pub(super) fn listed(
    entry: &ContainerSummary,
    node: &str,
    network: &str,
) -> Option<ContainerState> {
    let name = entry.names.as_ref()?.first()?;
    let who = identity(name, entry.labels.as_ref()?, node)?;
    let phase = match entry.state? {
        ContainerSummaryStateEnum::CREATED | ContainerSummaryStateEnum::EMPTY => Phase::Created,
        ContainerSummaryStateEnum::RUNNING
        | ContainerSummaryStateEnum::RESTARTING
        | ContainerSummaryStateEnum::STOPPING => Phase::Running,
        ContainerSummaryStateEnum::PAUSED => Phase::Paused,
        ContainerSummaryStateEnum::EXITED => Phase::Exited { code: 0, oom: false },
        ContainerSummaryStateEnum::REMOVING | ContainerSummaryStateEnum::DEAD => Phase::Removing,
    };
    let networks = entry.network_settings.as_ref().and_then(|all| all.networks.as_ref());
    Some(ContainerState {
        name: who.name,
        id: entry.id.clone()?,
        sandbox_id: who.sandbox_id,
        generation: who.generation,
        operation_id: who.operation_id,
        phase,
        address: address(phase, networks, network),
        started_at: None,
        image: who.image,
    })
}

fn address(
    phase: Phase,
    networks: Option<&HashMap<String, EndpointSettings>>,
    network: &str,
) -> Option<IpAddr> {
    if !phase.is_live() {
        return None;
    }
    networks?.get(network)?.ip_address.as_deref()?.parse().ok()
}

fn time(text: &str) -> Option<Timestamp> {
    if text == NEVER { None } else { text.parse().ok() }
}
