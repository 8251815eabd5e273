//! The one network of all sandboxes: a bridge on which they can't reach each other.

use std::collections::HashMap;

use bollard::models::{NetworkCreateRequest, NetworkInspect};
use bollard::query_parameters::InspectNetworkOptions;

use super::client::DockerRuntime;
use super::labels;
use crate::runtime::{NetworkInfo, Result, RuntimeError};

const DRIVER: &str = "bridge";
/// Whether containers of the bridge reach each other (Docker's bridge driver options).
const ICC: &str = "com.docker.network.bridge.enable_icc";
/// The interface's name. A second network with the same one is refused by the engine, which is
/// what stops two workers from making two: names of networks need not be unique on 20.10.
const BRIDGE: &str = "com.docker.network.bridge.name";

impl DockerRuntime {
    pub(super) async fn sandbox_network(&self) -> Result<NetworkInfo> {
        let network = match self.find_network().await? {
            Some(network) => network,
            None => self.make_network().await?,
        };
        self.check_network(&network)?;
        let isolated = self.engine_info().await?.bridge_filtered;
        if !isolated {
            tracing::warn!(
                network = self.config.network,
                "sandboxes can reach each other: set net.bridge.bridge-nf-call-iptables=1"
            );
        }
        let ipam = network.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
        let first = ipam.into_iter().next().unwrap_or_default();
        Ok(NetworkInfo {
            name: self.config.network.clone(),
            bridge: self.config.bridge.clone(),
            subnet: first.subnet,
            gateway: first.gateway.and_then(|gateway| gateway.parse().ok()),
            isolated,
        })
    }

    async fn find_network(&self) -> Result<Option<NetworkInspect>> {
        let name = &self.config.network;
        let operation = format!("look up network {name}");
        let call = self.client()?.inspect_network(name, None::<InspectNetworkOptions>);
        match self.call(&operation, self.config.call_limits.look_up, call).await {
            Ok(network) => Ok(Some(network)),
            Err(RuntimeError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Another worker may make it at the same time: what counts is that it is there afterwards.
    async fn make_network(&self) -> Result<NetworkInspect> {
        let name = &self.config.network;
        let operation = format!("create network {name}");
        let request = NetworkCreateRequest {
            name: name.clone(),
            driver: Some(DRIVER.to_owned()),
            enable_ipv6: Some(false),
            options: Some(self.network_options()),
            labels: Some(HashMap::from([(labels::MANAGED.to_owned(), "true".to_owned())])),
            ..NetworkCreateRequest::default()
        };
        let call = self.client()?.create_network(request);
        let made = self.call(&operation, self.config.call_limits.network, call).await;
        match (self.find_network().await?, made) {
            (Some(network), _) => Ok(network),
            (None, Err(error)) => Err(error),
            (None, Ok(_)) => Err(RuntimeError::not_found(operation, "it was removed again")),
        }
    }

    fn network_options(&self) -> HashMap<String, String> {
        HashMap::from([
            (ICC.to_owned(), "false".to_owned()),
            (BRIDGE.to_owned(), self.config.bridge.clone()),
        ])
    }

    fn check_network(&self, network: &NetworkInspect) -> Result<()> {
        let options = network.options.clone().unwrap_or_default();
        let wanted = self.network_options();
        let differs = wanted.iter().find(|(key, value)| options.get(*key) != Some(value));
        let message = match differs {
            Some((key, value)) => format!("{key} is not {value}"),
            None if network.driver.as_deref() != Some(DRIVER) => format!("it is no {DRIVER}"),
            None => return Ok(()),
        };
        Err(RuntimeError::conflict(
            format!("use network {}", self.config.network),
            format!("{message}; remove the network or configure another name"),
        ))
    }
}
