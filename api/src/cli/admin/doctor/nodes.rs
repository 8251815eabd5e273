//! What only workers can see: one of each node is asked.

use std::path::PathBuf;

use sandboxd_shared::node::Finding;
use sandboxd_shared::store::{Store, StoreError, nodes};

use crate::node::Nodes;

pub(super) async fn check(store: &Store, sockets: PathBuf) -> Result<Vec<Finding>, StoreError> {
    let known = nodes::all(&mut *store.read().await?).await?;
    let services = Nodes::new(store.clone(), sockets);
    let mut found = Vec::new();
    for node in &known {
        match services.examine(&node.name).await {
            Ok(mut told) => {
                // Several nodes are told apart, one needs no name.
                if known.len() > 1 {
                    for finding in &mut told {
                        finding.message = format!("node {}: {}", node.name, finding.message);
                    }
                }
                found.extend(told);
            }
            Err(error) => {
                tracing::debug!(node = node.name, ?error, "no worker says how its node is");
                found.push(Finding::error(
                    "engine",
                    format!(
                        "no worker of node {} says how engine, network, disk and directories are",
                        node.name
                    ),
                    "start a worker of it, or a newer one, and look again",
                ));
            }
        }
    }
    Ok(found)
}
