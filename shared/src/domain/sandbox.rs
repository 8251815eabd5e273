//! Sandboxes: a container over a persistent workspace.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::text_enum;
use crate::clock::Timestamp;
use crate::ids::{AppId, OperationId, SandboxId, SnapshotId, TaskId};

text_enum! {
    /// What a sandbox is doing.
    SandboxStatus {
        Creating = "creating",
        Running = "running",
        Stopping = "stopping",
        Stopped = "stopped",
        Starting = "starting",
        Restoring = "restoring",
        Deleting = "deleting",
        /// It could not be made. It has no workspace and may be replaced.
        Error = "error",
    }
}

text_enum! {
    /// Whether the preview answers.
    PreviewStatus {
        Down = "down",
        Starting = "starting",
        Ready = "ready",
        Error = "error",
    }
}

text_enum! {
    /// Who may see the preview.
    Visibility { Public = "public", Private = "private" }
}

text_enum! {
    /// Whether an idle sandbox is stopped.
    IdlePolicy { Sleep = "sleep", AlwaysOn = "always_on" }
}

text_enum! {
    /// What a new workspace is seeded with. The names are folders of the base image.
    Template {
        ReactStandard = "react-standard",
        NodeExpress = "node-express",
        Static = "static",
        Python = "python",
        Blank = "blank",
    }
}

/// Why a list of ports is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ports must be 1 to 10 distinct numbers from 1 to 65535")]
pub struct InvalidPorts;

/// 1–10 distinct ports that previews may reach; the first is the main one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Ports(Vec<u16>);

impl Ports {
    const MAX: usize = 10;

    /// Checks a list of ports.
    ///
    /// # Errors
    /// [`InvalidPorts`] for none, too many, zero, too large or repeated ones.
    pub fn parse(ports: &[u32]) -> Result<Self, InvalidPorts> {
        if ports.is_empty() || ports.len() > Self::MAX {
            return Err(InvalidPorts);
        }
        let mut checked = Vec::with_capacity(ports.len());
        for port in ports {
            let port = u16::try_from(*port).map_err(|_| InvalidPorts)?;
            if port == 0 || checked.contains(&port) {
                return Err(InvalidPorts);
            }
            checked.push(port);
        }
        Ok(Self(checked))
    }

    /// The main port, where the dev server listens.
    #[must_use]
    pub fn main(&self) -> u16 {
        self.0[0]
    }

    /// All ports.
    #[must_use]
    pub fn as_slice(&self) -> &[u16] {
        &self.0
    }
}

impl Default for Ports {
    fn default() -> Self {
        Self(vec![3000])
    }
}

impl ToSchema for Ports {}

impl PartialSchema for Ports {
    fn schema() -> RefOr<Schema> {
        let port = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(u16::MAX));
        ArrayBuilder::new()
            .description(Some("Ports that previews may reach; the first is the main one"))
            .items(port)
            .min_items(Some(1))
            .max_items(Some(Self::MAX))
            .unique_items(true)
            .examples([[3000, 8080]])
            .into()
    }
}

impl<'de> Deserialize<'de> for Ports {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Vec::<u32>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// What a sandbox may use.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Memory in bytes; swap is not added to it.
    pub memory_bytes: u64,
    /// CPUs, fractions allowed.
    pub cpus: f64,
    /// Processes and threads.
    pub pids: u32,
    /// Bytes of its workspace that it may hold beyond its base.
    pub disk_bytes: u64,
}

/// A sandbox as its row has it. The API adds the preview URLs.
#[derive(Debug, Clone, PartialEq)]
pub struct Sandbox {
    /// Its id.
    pub id: SandboxId,
    /// The tenant that owns it.
    pub owner: String,
    /// The app it belongs to.
    pub app_id: AppId,
    /// The Docker engine and data directory that hold it.
    pub node: String,
    /// What it is doing.
    pub status: SandboxStatus,
    /// Why, where that isn't plain.
    pub status_reason: Option<String>,
    /// What its workspace was seeded with.
    pub template: Option<Template>,
    /// Where previews may go.
    pub ports: Ports,
    /// Who may see previews.
    pub visibility: Visibility,
    /// Whether it is stopped when idle.
    pub idle_policy: IdlePolicy,
    /// Its own idle time in milliseconds, else the installation's.
    pub idle_after_ms: Option<i64>,
    /// What it may use.
    pub limits: Limits,
    /// The image its container is made from.
    pub image: String,
    /// The number of its current workspace. Grows with every seal and restore.
    pub generation: i64,
    /// The snapshot that its workspace was last captured to or made from.
    pub base_snapshot_id: Option<SnapshotId>,
    /// Where its running container answers.
    pub address: Option<IpAddr>,
    /// The container that has that address.
    pub container_id: Option<String>,
    /// Whether its preview answers.
    pub preview_status: PreviewStatus,
    /// The status of the last probe's answer.
    pub preview_http_status: Option<i64>,
    /// When it was last probed.
    pub preview_checked_at: Option<Timestamp>,
    /// The lifecycle operation that holds it.
    pub active_operation_id: Option<OperationId>,
    /// The task that runs in it.
    pub active_task_id: Option<TaskId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its row last changed.
    pub updated_at: Timestamp,
    /// When it was last used.
    pub last_active_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_distinct_and_in_range() {
        assert_eq!(Ports::parse(&[3000, 80]).unwrap().as_slice(), [3000, 80]);
        for bad in [
            &[][..],
            &[0],
            &[70_000],
            &[65_536],
            &[3000, 3000],
            &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        ] {
            assert_eq!(Ports::parse(bad), Err(InvalidPorts), "{bad:?}");
        }
    }
}
