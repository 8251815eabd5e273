//! Names of allowlists, resolved by the worker: an answer counts for a while after it was last
//! seen, and the rules follow the answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, stream};
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::store::network::Resolved;
use sandboxd_shared::store::{Store, StoreError, network};

/// How long one look-up may take.
const LOOK_UP: Duration = Duration::from_secs(3);
/// Look-ups at a time: each takes a thread.
const AT_A_TIME: usize = 16;
/// The addresses of one name that are let through.
const ADDRESSES_MAX: usize = 16;
/// How long an answer counts. Large services answer from a changing set of addresses.
const KEEP: Duration = Duration::from_mins(30);

/// Who knows what names resolve to.
#[async_trait]
pub trait Names: Send + Sync + Debug {
    /// The IPv4 addresses of a name.
    ///
    /// # Errors
    /// I/O, also if it has none.
    async fn look_up(&self, name: &str) -> io::Result<Vec<Ipv4Addr>>;
}

/// The host's own resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct HostNames;

#[async_trait]
impl Names for HostNames {
    async fn look_up(&self, name: &str) -> io::Result<Vec<Ipv4Addr>> {
        // Without a dot at its end, with which the host's own /etc/hosts would not count.
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found
            .filter_map(|address| match address.ip() {
                IpAddr::V4(address) => Some(address),
                IpAddr::V6(_) => None,
            })
            .collect())
    }
}

/// Looks names up and writes down what they have. One that fails keeps what was seen before, as
/// long as that counts. What isn't known after `limit` counts as failed.
pub(super) async fn refresh(
    store: &Store,
    node: &str,
    names: &dyn Names,
    wanted: BTreeSet<String>,
    limit: Duration,
) -> Result<(), StoreError> {
    let end = tokio::time::Instant::now() + limit;
    let answers: Vec<(String, Vec<Ipv4Addr>)> = stream::iter(wanted)
        .map(|name| async move {
            let until = end.min(tokio::time::Instant::now() + LOOK_UP);
            let found = tokio::time::timeout_at(until, names.look_up(&name)).await;
            let found = match found {
                Ok(Ok(found)) => found,
                Ok(Err(error)) => {
                    tracing::debug!(name, %error, "a name of an allowlist does not resolve");
                    Vec::new()
                }
                Err(_) => Vec::new(),
            };
            (name, found)
        })
        .buffer_unordered(AT_A_TIME)
        .collect()
        .await;
    let now = store.clock().now();
    let mut tx = store.write_lightly().await?;
    for (name, found) in &answers {
        let found: BTreeSet<Ipv4Addr> = found.iter().take(ADDRESSES_MAX).copied().collect();
        for address in found {
            network::saw(&mut tx, node, name, address, now).await?;
        }
    }
    network::forget(&mut tx, kept_since(now)).await?;
    tx.commit_quietly().await
}

/// Answers from before this don't count any more.
pub(super) fn kept_since(now: Timestamp) -> Timestamp {
    now.minus(KEEP)
}

/// The addresses of each name, the newest first, as many as count.
pub(super) fn by_name(rows: &[Resolved]) -> BTreeMap<&str, Vec<Ipv4Addr>> {
    let mut found: BTreeMap<&str, Vec<Ipv4Addr>> = BTreeMap::new();
    for row in rows {
        let addresses = found.entry(&row.name).or_default();
        if addresses.len() < ADDRESSES_MAX {
            addresses.push(row.address);
        }
    }
    found
}
