//! The worker's settings: parsed once in `main`, read nowhere else.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use sandboxd_shared::config::{DataOptions, host_name, parse_duration, parse_size};
use sandboxd_shared::domain::QueueClass;
use sandboxd_shared::telemetry::LogOptions;

use crate::queue::Concurrency;

/// Runs sandboxd's jobs on one Docker engine.
#[derive(Debug, Clone, Parser)]
#[command(name = "sandboxd-worker", version)]
pub struct WorkerConfig {
    /// Database and data directory.
    #[command(flatten)]
    pub data: DataOptions,
    /// Logging.
    #[command(flatten)]
    pub log: LogOptions,
    /// The node this worker works for: one Docker engine with its data directory.
    #[arg(long, env = "SANDBOXD_NODE", default_value_t = host_name())]
    pub node: String,
    /// The queues to take from: control, snapshot, task, maintenance; each with =N for how many at
    /// a time.
    #[arg(long, env = "SANDBOXD_QUEUES", value_delimiter = ',', value_parser = parse_queue,
          default_values = ["control=4", "snapshot=4", "task=8", "maintenance=1"])]
    pub queues: Vec<Concurrency>,
    /// The Docker engine: unix://<socket>.
    #[arg(long, env = "DOCKER_HOST", default_value = "unix:///var/run/docker.sock")]
    pub docker_host: String,
    /// The image that the workspace driver is probed with.
    #[arg(long, env = "SANDBOXD_IMAGE", default_value = concat!("sandboxd-base:", env!("CARGO_PKG_VERSION")))]
    pub image: String,
    /// An OCI runtime of the engine for sandboxes, such as runsc; the engine's default if not given.
    #[arg(long, env = "SANDBOXD_RUNTIME")]
    pub oci_runtime: Option<String>,
    /// Open files of a sandbox; the engine's default if not given.
    #[arg(long, env = "SANDBOXD_NOFILE_LIMIT")]
    pub nofile_limit: Option<u64>,
    /// The sandboxes' network on the engine.
    #[arg(long, env = "SANDBOXD_NETWORK", default_value = "sandboxd")]
    pub network: String,
    /// How long a worker may be silent before its operations are taken over.
    #[arg(long, env = "SANDBOXD_LEASE", default_value = "30s", value_parser = parse_duration)]
    pub lease: Duration,
    /// How long running operations may go on after SIGTERM before they are handed back.
    #[arg(long, env = "SANDBOXD_DRAIN", default_value = "5s", value_parser = parse_duration)]
    pub drain: Duration,
    /// Memory that must be free on the host before a sandbox is started.
    #[arg(long, env = "SANDBOXD_MEMORY_HEADROOM", default_value = "256m", value_parser = parse_size)]
    pub memory_headroom: u64,
    /// Below so much free memory on the host the longest idle sandboxes are stopped; 0 = never.
    #[arg(long, env = "SANDBOXD_MEMORY_PRESSURE", default_value = "256m", value_parser = parse_size)]
    pub memory_pressure: u64,
    /// How long a sandbox may be idle before it is stopped, unless it says otherwise; 0 = for ever.
    #[arg(long, env = "SANDBOXD_IDLE_AFTER", default_value = "35m", value_parser = parse_duration)]
    pub idle_after: Duration,
    /// Disk space that must be free in the data directory before anything is created or captured.
    #[arg(long, env = "SANDBOXD_DISK_HEADROOM", default_value = "256m", value_parser = parse_size)]
    pub disk_headroom: u64,
    /// Days that events and finished operations are kept; 0 = for ever.
    #[arg(long, env = "SANDBOXD_EVENT_RETENTION_DAYS", default_value_t = 90)]
    pub retention_days: u32,
    /// Webhooks may lead to private and local addresses. Only where every tenant is trusted; the
    /// API needs it too.
    #[arg(long, env = "SANDBOXD_WEBHOOK_ALLOW_PRIVATE")]
    pub webhook_allow_private: bool,
    /// Certificate authorities, beside the public ones, that receivers of webhooks may have: a PEM
    /// file.
    #[arg(long, env = "SANDBOXD_WEBHOOK_CA_FILE")]
    pub webhook_ca_file: Option<PathBuf>,
    /// Crash points for tests, as name=crash lists.
    #[cfg(feature = "failpoints")]
    #[arg(long, env = "SANDBOXD_FAILPOINTS")]
    pub failpoints: Option<String>,
    /// Where fired crash points are remembered.
    #[cfg(feature = "failpoints")]
    #[arg(long, env = "SANDBOXD_FAILPOINTS_DIR")]
    pub failpoints_dir: Option<PathBuf>,
}

impl WorkerConfig {
    /// The engine's socket.
    ///
    /// # Errors
    /// A sentence for the operator if `DOCKER_HOST` isn't a Unix socket.
    pub fn docker_socket(&self) -> Result<PathBuf, String> {
        self.docker_host.strip_prefix("unix://").map(PathBuf::from).ok_or_else(|| {
            format!("DOCKER_HOST must be unix://<socket> on this host, not {}", self.docker_host)
        })
    }
}

const fn default_limit(class: QueueClass) -> usize {
    match class {
        QueueClass::Control | QueueClass::Snapshot => 4,
        QueueClass::Task => 8,
        QueueClass::Maintenance => 1,
    }
}

fn parse_queue(text: &str) -> Result<Concurrency, String> {
    let (class, limit) = match text.split_once('=') {
        Some((class, limit)) => (class, Some(limit)),
        None => (text, None),
    };
    let class: QueueClass = class.trim().parse()?;
    let limit = match limit {
        None => default_limit(class),
        Some(limit) => match limit.trim().parse() {
            Ok(limit @ 1..=64) => limit,
            _ => return Err(format!("{text:?}: how many at a time must be 1 to 64")),
        },
    };
    Ok(Concurrency { class, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_take_a_number_each() {
        let queue = parse_queue("snapshot=2").unwrap();
        assert_eq!((queue.class, queue.limit), (QueueClass::Snapshot, 2));
        assert_eq!(parse_queue("task").unwrap().limit, 8);
        assert!(parse_queue("control=0").is_err() && parse_queue("other").is_err());
    }

    #[test]
    fn the_defaults_parse() {
        let config = WorkerConfig::try_parse_from(["sandboxd-worker"]).unwrap();
        assert_eq!(config.queues.len(), 4);
        assert_eq!(config.lease, Duration::from_secs(30));
        assert!(config.docker_socket().is_ok());
    }
}
