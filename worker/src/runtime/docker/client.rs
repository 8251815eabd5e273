//! The connection to the engine: made on first use, every call timed and its failure named.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};

use super::config::DockerConfig;
use super::failure;
use crate::runtime::check::token;
use crate::runtime::{Result, RuntimeError};

/// bollard's own limit on response headers, in seconds. Ours are shorter and cover the body;
/// this one must only be longer than any of them.
const CLIENT_TIMEOUT_SECS: u64 = 24 * 3600;
/// A kernel interface name without its NUL (`IFNAMSIZ`, netdevice(7)).
const MAX_BRIDGE_NAME: usize = 15;

/// A [`Runtime`](crate::runtime::Runtime) on one Docker engine. One per process, clones share it;
/// every call opens its own connection, so that an engine's restart leaves nothing stale.
#[derive(Clone)]
pub struct DockerRuntime {
    pub(super) config: Arc<DockerConfig>,
    client: Arc<OnceLock<Docker>>,
}

impl DockerRuntime {
    /// Checks the settings; does not talk to the engine, which may come up later.
    ///
    /// # Errors
    /// [`RuntimeError::Invalid`] for a setting that can't work.
    pub fn new(config: DockerConfig) -> Result<Self> {
        token("node label", &config.node)?;
        token("network name", &config.network)?;
        token("bridge name", &config.bridge)?;
        if config.bridge.len() > MAX_BRIDGE_NAME {
            return Err(RuntimeError::Invalid {
                what: "bridge name",
                why: format!("an interface name has at most {MAX_BRIDGE_NAME} characters"),
            });
        }
        if config.socket.to_str().is_none() {
            return Err(RuntimeError::Invalid {
                what: "engine socket",
                why: "the path is not UTF-8".to_owned(),
            });
        }
        Ok(Self { config: Arc::new(config), client: Arc::default() })
    }

    /// The client. bollard refuses to make one while the socket file is missing, which is an
    /// engine that is down and not a broken setting.
    pub(super) fn client(&self) -> Result<&Docker> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let socket = self.config.socket.to_str().expect("invariant: checked in new");
        let client = Docker::connect_with_unix(socket, CLIENT_TIMEOUT_SECS, API_DEFAULT_VERSION)
            .map_err(|error| RuntimeError::unavailable("connect", error))?;
        Ok(self.client.get_or_init(|| client))
    }

    /// Awaits one engine call under `limit` and names what failed.
    pub(super) async fn call<T>(
        &self,
        operation: &str,
        limit: Duration,
        call: impl Future<Output = Result<T, bollard::errors::Error>> + Send,
    ) -> Result<T> {
        within(operation, limit, async move {
            call.await.map_err(|error| failure::translate(operation, error, limit))
        })
        .await
    }
}

/// Awaits `work` under `limit`.
pub(super) async fn within<T>(
    operation: &str,
    limit: Duration,
    work: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    tokio::time::timeout(limit, Box::pin(work)).await.unwrap_or_else(|_| {
        Err(RuntimeError::Timeout { operation: operation.to_owned(), after: limit })
    })
}

impl fmt::Debug for DockerRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DockerRuntime").field("config", &self.config).finish_non_exhaustive()
    }
}
