//! The worker's settings: parsed once in `main`, read nowhere else.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use ipnet::Ipv4Net;
use sandboxd_shared::config::{DataOptions, host_name, parse_duration, parse_size};
use sandboxd_shared::domain::QueueClass;
use sandboxd_shared::metrics::MetricsOptions;
use sandboxd_shared::secrets::SecretsOptions;
use sandboxd_shared::telemetry::{LogOptions, TraceOptions};

use crate::firewall::DEFAULT_SUBNET;
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
    /// Traces.
    #[command(flatten)]
    pub traces: TraceOptions,
    /// Metrics.
    #[command(flatten)]
    pub metrics: MetricsOptions,
    /// The keys of config.
    #[command(flatten)]
    pub secrets: SecretsOptions,
    /// The node this worker works for: one Docker engine with its data directory.
    #[arg(long, env = "SANDBOXD_NODE", default_value_t = host_name())]
    pub node: String,
    /// The queues to take from: control, snapshot, task, maintenance; each with =N for how many at
    /// a time.
    #[arg(long, env = "SANDBOXD_QUEUES", value_delimiter = ',', value_parser = parse_queue,
          default_values = ["control=4", "snapshot=4", "task=32", "maintenance=1"])]
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
    /// The subnet of that network. Each sandbox keeps an address of it for its life.
    #[arg(long, env = "SANDBOXD_SUBNET", default_value = DEFAULT_SUBNET, value_parser = parse_subnet)]
    pub subnet: Ipv4Net,
    /// Whether firewall rules keep sandboxes from the host, from private networks and from each
    /// other. With `off` they reach all of that, and egress policies are not enforced.
    #[arg(long, env = "SANDBOXD_FIREWALL", value_enum, default_value_t = FirewallSwitch::On)]
    pub firewall: FirewallSwitch,
    /// Private networks that sandboxes may reach, as comma-separated CIDRs.
    #[arg(long, env = "SANDBOXD_EGRESS_ALLOW_PRIVATE", value_delimiter = ',', value_parser = parse_private)]
    pub egress_allow_private: Vec<Ipv4Net>,
    /// Name servers that sandboxes ask, comma-separated, at most 3; the host's if not given.
    #[arg(long, env = "SANDBOXD_DNS", value_delimiter = ',')]
    pub dns: Vec<Ipv4Addr>,
    /// Takes the firewall's rules away and ends.
    #[arg(long)]
    pub remove_firewall: bool,
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
    /// The sandbox-init that serves the files of stopped sandboxes; the one beside this program if
    /// not given.
    #[arg(long, env = "SANDBOXD_INIT_BINARY")]
    pub init_binary: Option<PathBuf>,
    /// A file that is touched every 5 s, as long as the worker can tell the database that it is
    /// there: for a health check.
    #[arg(long, env = "SANDBOXD_HEARTBEAT_FILE")]
    pub heartbeat_file: Option<PathBuf>,
    /// Days that events and finished operations are kept; 0 = for ever.
    #[arg(long, env = "SANDBOXD_EVENT_RETENTION_DAYS", default_value_t = 90)]
    pub retention_days: u32,
    /// Checkpoints of an app that are kept, beside those that were given a name; 0 = all.
    #[arg(long, env = "SANDBOXD_CHECKPOINTS_KEPT", default_value_t = 20)]
    pub checkpoints_kept: u32,
    /// How old a directory that no row knows must be before it goes: an operation may still be
    /// about to write its row.
    #[arg(long, env = "SANDBOXD_ORPHAN_GRACE", default_value = "10m", value_parser = parse_duration)]
    pub orphan_grace: Duration,
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

/// Whether there is a firewall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FirewallSwitch {
    /// No sandbox starts without its rules.
    On,
    /// There are no rules.
    Off,
}

impl WorkerConfig {
    /// Where `sandbox-init` is.
    ///
    /// # Errors
    /// An I/O error if this program can't tell its own path.
    pub fn init_binary(&self) -> std::io::Result<PathBuf> {
        match &self.init_binary {
            Some(path) => std::path::absolute(path),
            None => Ok(std::env::current_exe()?.with_file_name("sandbox-init")),
        }
    }

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

/// Room for a few thousand addresses at least; one of fewer bits has none for a host and a sandbox.
fn parse_subnet(text: &str) -> Result<Ipv4Net, String> {
    let net: Ipv4Net = text.parse().map_err(|_| format!("{text:?} is no IPv4 network in CIDR"))?;
    if (8..=29).contains(&net.prefix_len()) && net.trunc() == net {
        Ok(net)
    } else {
        Err(format!("{text:?}: the prefix must be 8 to 29 and the host's bits zero"))
    }
}

/// Link-local holds the metadata services of clouds, with credentials of the host.
fn parse_private(text: &str) -> Result<Ipv4Net, String> {
    let net: Ipv4Net = match text.trim().parse::<Ipv4Addr>() {
        Ok(address) => address.into(),
        Err(_) => {
            text.trim().parse().map_err(|_| format!("{text:?} is no IPv4 network in CIDR"))?
        }
    };
    let refused = [Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16), LOOPBACK];
    if net.prefix_len() < 8 || refused.iter().any(|no| no.contains(&net) || net.contains(no)) {
        return Err(format!(
            "{text:?}: link-local and loopback are never allowed, nor a /7 or wider"
        ));
    }
    Ok(net.trunc())
}

const LOOPBACK: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);

const fn default_limit(class: QueueClass) -> usize {
    match class {
        QueueClass::Control | QueueClass::Snapshot => 4,
        // They mostly wait.
        QueueClass::Task => 32,
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
        assert_eq!(parse_queue("task").unwrap().limit, 32);
        assert!(parse_queue("control=0").is_err() && parse_queue("other").is_err());
    }

    #[test]
    fn link_local_is_never_allowed() {
        assert_eq!(parse_private("10.1.2.3/16").unwrap().to_string(), "10.1.0.0/16");
        assert_eq!(parse_private("192.168.1.5").unwrap().to_string(), "192.168.1.5/32");
        for bad in
            ["169.254.169.254", "169.254.0.0/16", "168.0.0.0/7", "0.0.0.0/0", "127.0.0.1", "x"]
        {
            assert!(parse_private(bad).is_err(), "{bad} passed");
        }
        assert!(parse_subnet("10.2.0.0/24").is_ok());
        assert!(parse_subnet("10.2.0.1/24").is_err() && parse_subnet("10.2.0.0/30").is_err());
    }

    #[test]
    fn the_defaults_parse() {
        let config = WorkerConfig::try_parse_from(["sandboxd-worker"]).unwrap();
        assert_eq!(config.queues.len(), 4);
        assert_eq!(config.lease, Duration::from_secs(30));
        assert!(config.docker_socket().is_ok());
    }
}
