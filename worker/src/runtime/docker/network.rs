//! The one network of all sandboxes: a bridge on which they can't reach each other.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest, NetworkInspect};
use bollard::query_parameters::{InspectNetworkOptions, ListNetworksOptions};
use ipnet::Ipv4Net;
use tokio::time::Instant;

use super::client::DockerRuntime;
use super::{labels, routes};
use crate::runtime::{NetworkInfo, Result, RuntimeError};

const DRIVER: &str = "bridge";
/// Whether containers of the bridge reach each other (Docker's bridge driver options).
const ICC: &str = "com.docker.network.bridge.enable_icc";
/// The interface's name. A second network with the same one is refused by the engine, which is
/// what stops two workers from making two: names of networks need not be unique on 20.10.
const BRIDGE: &str = "com.docker.network.bridge.name";
/// How long another worker may take to make it: an engine needs 100 ms, and much more when busy.
const RACE_LIMIT: Duration = Duration::from_secs(5);
/// How soon a network that another worker makes is looked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

impl DockerRuntime {
    pub(super) async fn sandbox_network(&self) -> Result<NetworkInfo> {
        let network = match self.find_network().await? {
            Some(network) if self.is_of_before(&network) => {
                self.remove_network(&network).await?;
                self.make_network().await?
            }
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

    /// Another worker may make it at the same time: what counts is that it is there afterwards. The
    /// engine refuses the later one while it doesn't show what the earlier one makes yet, and the
    /// earlier one may fail: so a refused one looks and tries again for a while.
    async fn make_network(&self) -> Result<NetworkInspect> {
        let name = &self.config.network;
        let operation = format!("create network {name}");
        if let Some(subnet) = self.config.subnet
            && let Some(route) = routes::in_the_way(subnet, &self.config.bridge)
        {
            return Err(RuntimeError::conflict(
                operation,
                format!("its subnet {subnet} meets {route}; set another SANDBOXD_SUBNET"),
            ));
        }
        let deadline = Instant::now() + RACE_LIMIT;
        loop {
            let made = self.ask_for_network(&operation).await;
            match (self.find_network().await?, made) {
                (Some(network), _) => return Ok(network),
                (None, Err(error)) if is_refusal(&error) => {
                    if Instant::now() >= deadline {
                        return Err(self.explain(operation, error).await);
                    }
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                (None, Err(error)) => return Err(error),
                (None, Ok(())) => {
                    return Err(RuntimeError::not_found(operation, "it was removed again"));
                }
            }
        }
    }

    async fn ask_for_network(&self, operation: &str) -> Result<()> {
        let request = NetworkCreateRequest {
            name: self.config.network.clone(),
            driver: Some(DRIVER.to_owned()),
            enable_ipv6: Some(false),
            options: Some(self.network_options()),
            ipam: self.config.subnet.map(|subnet| Ipam {
                config: Some(vec![IpamConfig {
                    subnet: Some(subnet.to_string()),
                    ..IpamConfig::default()
                }]),
                ..Ipam::default()
            }),
            labels: Some(self.network_labels()),
            ..NetworkCreateRequest::default()
        };
        let call = self.client()?.create_network(request);
        self.call(operation, self.config.call_limits.network, call).await.map(drop)
    }

    /// A refusal with what is to be done about it, where that can be found out.
    async fn explain(&self, operation: String, refusal: RuntimeError) -> RuntimeError {
        let Some(subnet) = self.config.subnet else { return refusal };
        match self.overlapping(subnet).await {
            Ok(Some(other)) => RuntimeError::conflict(
                operation,
                format!("its subnet {subnet} overlaps {other}; set another SANDBOXD_SUBNET"),
            ),
            Ok(None) | Err(_) => refusal,
        }
    }

    /// A network of the engine that has addresses of `subnet`, as `<subnet> of network <name>`. It
    /// need not have a route on this host.
    async fn overlapping(&self, subnet: Ipv4Net) -> Result<Option<String>> {
        let call = self.client()?.list_networks(None::<ListNetworksOptions>);
        let listed = self.call("list networks", self.config.call_limits.look_up, call).await?;
        Ok(listed.into_iter().find_map(|network| {
            let configs = network.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
            let mut subnets = configs.iter().filter_map(|config| config.subnet.as_deref());
            let other = subnets.find(|other| {
                let other = other.parse::<Ipv4Net>();
                other.is_ok_and(|other| {
                    other.contains(&subnet.network()) || subnet.contains(&other.network())
                })
            })?;
            Some(format!("{other} of network {}", network.name.unwrap_or_default()))
        }))
    }

    /// Made by a release that left the subnet to the engine, and in use by nothing that runs.
    fn is_of_before(&self, network: &NetworkInspect) -> bool {
        let labels = network.labels.clone().unwrap_or_default();
        self.config.subnet.is_some()
            && labels.contains_key(labels::MANAGED)
            && !labels.contains_key(labels::NODE)
            && network.containers.as_ref().is_none_or(HashMap::is_empty)
    }

    /// Another worker may do it at the same time, and have made the new one already: the old one is
    /// removed by its id, since both have the name.
    async fn remove_network(&self, old: &NetworkInspect) -> Result<()> {
        let name = &self.config.network;
        tracing::warn!(
            network = name,
            "making the sandboxes' network anew, with a subnet of its own"
        );
        let operation = format!("remove network {name}");
        let call = self.client()?.remove_network(old.id.as_deref().unwrap_or(name));
        match self.call(&operation, self.config.call_limits.network, call).await {
            Err(RuntimeError::NotFound { .. }) => Ok(()),
            outcome => outcome,
        }
    }

    fn network_labels(&self) -> HashMap<String, String> {
        let mut labels = HashMap::from([(labels::MANAGED.to_owned(), "true".to_owned())]);
        if self.config.subnet.is_some() {
            labels.insert(labels::NODE.to_owned(), self.config.node.clone());
        }
        labels
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
            None => match self.foreign(network) {
                Some(message) => message,
                None => return Ok(()),
            },
        };
        Err(RuntimeError::conflict(
            format!("use network {}", self.config.network),
            format!("{message}; remove the network or configure another name"),
        ))
    }

    /// What speaks against a network that is to be this installation's alone.
    fn foreign(&self, network: &NetworkInspect) -> Option<String> {
        let wanted = self.config.subnet?.to_string();
        let labels = network.labels.clone().unwrap_or_default();
        if labels.get(labels::NODE) != Some(&self.config.node) {
            return Some("it is another installation's".to_owned());
        }
        let ipam = network.ipam.clone().and_then(|ipam| ipam.config).unwrap_or_default();
        let subnets: Vec<String> = ipam.into_iter().filter_map(|config| config.subnet).collect();
        (subnets != [wanted.as_str()])
            .then(|| format!("its subnet is {}, not {wanted}", subnets.join(", ")))
    }
}

/// Whether the engine answered and didn't want to, which is also how it says that another worker's
/// request is under way: by address pool, interface or name, and with several statuses.
fn is_refusal(error: &RuntimeError) -> bool {
    matches!(error, RuntimeError::Conflict { .. } | RuntimeError::Engine { .. })
}
