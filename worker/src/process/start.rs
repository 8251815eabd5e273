//! Building a worker's parts for a real engine and a real data directory.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use async_trait::async_trait;
use sandboxd_shared::clock::SystemClock;
use sandboxd_shared::config::make_private_dir;
use sandboxd_shared::domain::DriverKind as RowKind;
use sandboxd_shared::feed::{Changes, Doorbell};
use sandboxd_shared::metrics::{self, Page, Process};
use sandboxd_shared::sealed::open_keys;
use sandboxd_shared::secrets::Keys;
use sandboxd_shared::store::{Store, migrate, nodes};
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use super::{Parts, run};
use crate::config::{FirewallSwitch, WorkerConfig};
use crate::firewall::{
    Firewall, FirewallSettings, Guard, HostNames, MAX_RESOLVERS, Unguarded, bridge_name,
    host_resolvers,
};
use crate::health::HttpProber;
use crate::idle::IdleSettings;
use crate::runner::SandboxLocks;
use crate::runtime::docker::{DockerConfig, DockerRuntime};
use crate::runtime::{Runtime, Timed, VolumeName, WorkspaceMount};
use crate::sandbox::{HostCapacity, SandboxSettings, SocketInit};
use crate::tasks::SocketSupervisor;
use crate::webhooks::{Dialer, Poster, SystemResolver};
use crate::workspace::{
    self, DriverKind, EngineProbe, Mount, Owner, PROBE_LIMIT, PROBE_TARGET, ProbeRun, Settings,
    WorkspaceDriver,
};

/// How soon an engine that doesn't answer at start is asked again.
const ENGINE_RETRY: Duration = Duration::from_secs(2);
/// How long another worker's probe is waited for.
const PROBE_PATIENCE: Duration = Duration::from_mins(2);
/// What volumes of probes have in place of a sandbox's id.
const PROBE_LABEL: &str = "probe";
/// The image's label that names the agents in it, separated by commas.
const AGENTS_LABEL: &str = "sandboxd.agents";
/// Where the runtime mounts a workspace.
const MOUNT_TARGET: &str = "/home/sandbox";

/// Starts a worker and works until `shutdown`.
///
/// # Errors
/// What an operator has to mend: the data directory, the database, the configuration.
pub async fn start(config: WorkerConfig, shutdown: CancellationToken) -> anyhow::Result<()> {
    let data = std::path::absolute(&config.data.data_dir).context("the data directory's path")?;
    let mut config = config;
    config.data.data_dir = data;
    if let Some(address) = config.metrics.address(Process::Worker) {
        let page = Page::install(Process::Worker);
        let look = || std::future::ready(());
        tokio::spawn(metrics::serve(page, address, look, shutdown.clone()));
    }
    config.data.make_data_dir().map_err(anyhow::Error::msg)?;
    let bell = Doorbell::open(&config.data.bells())?;
    let listener = bell.listen()?;
    let file = config.data.database_file().map_err(|error| anyhow!(error))?;
    let store = Store::open(&file, Arc::new(SystemClock), bell)
        .await
        .with_context(|| format!("opening {}", file.display()))?;
    migrate(&store).await.context("bringing the database up to date")?;
    let keys = open_keys(&store, &config.secrets, &config.data.data_dir).await?;
    // It goes on while the worker drains: cancels are still heard.
    let feed = CancellationToken::new();
    let changes = Changes::follow(store.clone(), listener, feed.clone());
    let feed = feed.drop_guard();
    let docker = Arc::new(DockerRuntime::new(docker_config(&config)?)?);
    let runtime: Arc<dyn Runtime> = Arc::new(Timed::new(docker.clone()));
    let ca_file = config.webhook_ca_file.as_deref();
    let dialer = Dialer::new(Arc::new(SystemResolver), ca_file, config.webhook_allow_private)?;
    let poster = Poster::new(dialer, keys.clone());
    let name = format!("{}-{}", config.node, Ulid::generate().to_string().to_ascii_lowercase());
    tracing::info!(worker = name, node = config.node, "starting");
    let chosen = tokio::select! {
        chosen = choose_driver(&config, &store, docker.as_ref()) => chosen?,
        () = shutdown.cancelled() => return Ok(()),
    };
    note_agents(&config, &store, docker.as_ref()).await?;
    let guard = guard(&config, &store, runtime.clone()).await?;
    let opened = Opened { store: store.clone(), keys, changes };
    let outside = Outside { runtime, guard, poster };
    let parts = parts(config, name, opened, outside, chosen).context("finding sandbox-init")?;
    run(parts, shutdown).await.context("the worker can't go on")?;
    // It has a connection of its own.
    drop(feed);
    store.close().await;
    Ok(())
}

fn docker_config(config: &WorkerConfig) -> anyhow::Result<DockerConfig> {
    let socket = config.docker_socket().map_err(|error| anyhow!(error))?;
    // Two installations on one engine have different data directories.
    let place = blake3::hash(config.data.data_dir.as_os_str().as_encoded_bytes()).to_hex();
    let mut docker = DockerConfig::new(socket, format!("sandboxd-{}", &place[..12]));
    docker.network.clone_from(&config.network);
    docker.bridge = bridge_name(&config.network);
    docker.subnet = Some(config.subnet);
    Ok(docker)
}

/// What the data directory holds, opened.
struct Opened {
    store: Store,
    keys: Keys,
    changes: Changes,
}

/// What the worker talks to.
struct Outside {
    runtime: Arc<dyn Runtime>,
    guard: Arc<dyn Guard>,
    poster: Poster,
}

fn parts(
    config: WorkerConfig,
    name: String,
    opened: Opened,
    outside: Outside,
    driver: Arc<dyn WorkspaceDriver>,
) -> std::io::Result<Parts> {
    let Opened { store, keys, changes } = opened;
    let Outside { runtime, guard, poster } = outside;
    let capacity = HostCapacity {
        memory_headroom: config.memory_headroom,
        disk_headroom: config.disk_headroom,
        driver: Arc::clone(&driver),
    };
    let days = u64::from(config.retention_days);
    let init_binary = config.init_binary()?;
    Ok(Parts {
        name,
        node: config.node,
        data: config.data,
        store,
        keys,
        changes,
        runtime,
        driver,
        init: Arc::new(SocketInit),
        supervisor: Arc::new(SocketSupervisor),
        prober: Arc::new(HttpProber),
        capacity: Arc::new(capacity),
        settings: SandboxSettings { oci_runtime: config.oci_runtime, nofile: config.nofile_limit },
        guard,
        queues: config.queues,
        lease: config.lease,
        drain: config.drain,
        retention: (days > 0).then(|| Duration::from_secs(days * 24 * 60 * 60)),
        checkpoints_kept: config.checkpoints_kept,
        orphan_grace: config.orphan_grace,
        idle: IdleSettings {
            idle_after: config.idle_after,
            pressure_below: config.memory_pressure,
        },
        heartbeat_file: config.heartbeat_file,
        poster: Arc::new(poster),
        init_binary,
    })
}

async fn guard(
    config: &WorkerConfig,
    store: &Store,
    runtime: Arc<dyn Runtime>,
) -> anyhow::Result<Arc<dyn Guard>> {
    let (store, node) = (store.clone(), config.node.clone());
    let bridge = bridge_name(&config.network);
    if config.firewall == FirewallSwitch::Off {
        tracing::error!(
            "SANDBOXD_FIREWALL is off: sandboxes reach the host, its private networks and metadata \
             services, and egress policies are not enforced"
        );
        // Rules of before would hold new sandboxes back. Without iptables there are none.
        if let Err(error) = Firewall::remove(&bridge).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "rules may be left over");
        }
        return Ok(Arc::new(Unguarded { store, node }));
    }
    let resolvers = if config.dns.is_empty() { host_resolvers() } else { config.dns.clone() };
    anyhow::ensure!(resolvers.len() <= MAX_RESOLVERS, "SANDBOXD_DNS: at most {MAX_RESOLVERS}");
    tracing::info!(bridge, subnet = %config.subnet, ?resolvers, "the sandboxes' network");
    let settings = FirewallSettings {
        bridge,
        subnet: config.subnet,
        resolvers,
        allow_private: config.egress_allow_private.clone(),
    };
    let locks = config.data.sandbox_locks();
    make_private_dir(&locks)?;
    let (names, locks) = (Arc::new(HostNames), SandboxLocks::new(locks));
    let hosts = config.data.sandbox_hosts();
    Ok(Arc::new(Firewall::new(store, node, settings, runtime, names, hosts, locks)))
}

/// Opens the driver that the node has used so far, or the one that a probe of the engine finds to
/// work. A node that has never been probed waits for its engine.
async fn choose_driver(
    config: &WorkerConfig,
    store: &Store,
    runtime: &DockerRuntime,
) -> anyhow::Result<Arc<dyn WorkspaceDriver>> {
    let data = &config.data.data_dir;
    let settings = Settings::default();
    let mut conn = store.read().await?;
    let known = nodes::get(&mut conn, &config.node).await?;
    drop(conn);
    if let Some(node) = known {
        let kind = driver_kind(node.driver);
        if let Err(error) = runtime.ensure_network().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the sandboxes' network");
        }
        tracing::info!(driver = %kind, reason = node.driver_reason, "the node's workspace driver");
        return Ok(workspace::open(data, kind, settings).await?);
    }
    wait_for_engine(runtime).await;
    // One worker of the node asks, and the others take its answer.
    make_private_dir(&config.data.sandbox_locks())?;
    let locks = SandboxLocks::new(config.data.sandbox_locks());
    let _asking = locks.take("probe", PROBE_PATIENCE).await.context("another worker's probe")?;
    let known = nodes::get(&mut *store.read().await?, &config.node).await?;
    if let Some(node) = known {
        return Ok(workspace::open(data, driver_kind(node.driver), settings).await?);
    }
    remove_left_probes(runtime).await;
    let engine = Engine { runtime, image: &config.image };
    let found = workspace::probe(data, settings, &engine).await;
    tracing::info!(driver = %found.kind, reason = found.reason, "workspace driver chosen");
    let driver = workspace::open(data, found.kind, settings).await?;
    let row = match found.kind {
        DriverKind::Overlay => RowKind::Overlay,
        DriverKind::Copy => RowKind::Copy,
    };
    let mut tx = store.write().await?;
    let now = store.clock().now();
    nodes::set_driver(&mut tx, &config.node, row, &found.reason, now).await?;
    tx.commit().await?;
    Ok(driver)
}

/// Notes which agents are in the image, as its label says (`scripts/image`). An engine that doesn't
/// answer leaves what was noted before.
async fn note_agents(
    config: &WorkerConfig,
    store: &Store,
    runtime: &DockerRuntime,
) -> anyhow::Result<()> {
    let label = match runtime.image_label(&config.image, AGENTS_LABEL).await {
        Ok(label) => label,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the image's agents");
            return Ok(());
        }
    };
    let agents: Option<Vec<String>> = label
        .map(|label| label.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect());
    let mut tx = store.write().await?;
    let now = store.clock().now();
    if nodes::set_agents(&mut tx, &config.node, agents.as_deref(), now).await? {
        tx.commit().await?;
        tracing::info!(image = config.image, ?agents, "the image's agents");
    }
    Ok(())
}

const fn driver_kind(row: RowKind) -> DriverKind {
    match row {
        RowKind::Overlay => DriverKind::Overlay,
        RowKind::Copy => DriverKind::Copy,
    }
}

/// Volumes of probes whose worker was killed.
async fn remove_left_probes(runtime: &DockerRuntime) {
    for volume in runtime.list_volumes().await.unwrap_or_default() {
        if volume.sandbox_id == PROBE_LABEL
            && let Err(error) = runtime.remove_volume(&volume.name).await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the volume of an earlier probe is left"
            );
        }
    }
}

async fn wait_for_engine(runtime: &DockerRuntime) {
    let mut said = None;
    while let Err(error) = runtime.ensure_network().await {
        // Each reason once: what is waited for may change.
        let reason = error.to_string();
        if said.as_ref() != Some(&reason) {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "waiting for the container engine and the sandboxes' network"
            );
            said = Some(reason);
        }
        tokio::time::sleep(ENGINE_RETRY).await;
    }
}

/// The engine, as the storage probe asks it.
#[derive(Debug)]
struct Engine<'a> {
    runtime: &'a DockerRuntime,
    image: &'a str,
}

#[async_trait]
impl EngineProbe for Engine<'_> {
    async fn run(
        &self,
        mount: &Mount,
        _owner: Owner,
        script: &str,
    ) -> Result<ProbeRun, Box<dyn std::error::Error + Send + Sync>> {
        let script = script.replace(PROBE_TARGET, MOUNT_TARGET);
        let argv = ["/bin/sh", "-c", &script].map(str::to_owned);
        let (workspace, volume) = match mount {
            Mount::Bind { source } => (WorkspaceMount::Bind { source: source.clone() }, None),
            Mount::Volume { name, options } => {
                let name = VolumeName::new(name.clone())?;
                self.runtime.create_volume(&name, options, PROBE_LABEL).await?;
                (WorkspaceMount::Volume { name: name.clone() }, Some(name))
            }
        };
        let ran = self.runtime.run_once(self.image, &workspace, &argv, PROBE_LIMIT).await;
        if let Some(volume) = volume {
            self.runtime.remove_volume(&volume).await?;
        }
        let ran = ran?;
        Ok(ProbeRun { exit_code: ran.code, output: ran.text().into_owned() })
    }
}
