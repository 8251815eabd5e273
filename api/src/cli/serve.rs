//! `serve`: the HTTP API.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use sandboxd_shared::config::{DataOptions, host_name, parse_duration, parse_size};
use sandboxd_shared::domain::Limits;
use sandboxd_shared::feed::Changes;
use sandboxd_shared::metrics::{self, MetricsOptions, Page, Process};
use sandboxd_shared::sealed::open_keys;
use sandboxd_shared::secrets::SecretsOptions;
use sandboxd_shared::store::quotas;
use sandboxd_shared::telemetry::{self, LogOptions, TraceOptions};
use tokio::net::TcpListener;

use super::quota_options::QuotaOptions;
use super::{installation, signals};
use crate::auth::{AuthOptions, Found};
use crate::previews::PreviewKey;
use crate::server::{self, Api, Installation, PreviewUrls};

/// Settings of `serve`.
#[derive(Debug, Args)]
pub struct ServeOptions {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    log: LogOptions,
    #[command(flatten)]
    traces: TraceOptions,
    #[command(flatten)]
    metrics: MetricsOptions,
    /// Where the API listens.
    #[arg(long, env = "SANDBOXD_API_BIND", default_value = "127.0.0.1:9090")]
    bind: SocketAddr,
    #[command(flatten)]
    auth: AuthOptions,
    #[command(flatten)]
    preview: PreviewOptions,
    #[command(flatten)]
    sandboxes: SandboxOptions,
    #[command(flatten)]
    quotas: QuotaOptions,
    #[command(flatten)]
    secrets: SecretsOptions,
    /// Webhooks may lead to private and local addresses. Only where every tenant is trusted; the
    /// workers need it too.
    #[arg(long, env = "SANDBOXD_WEBHOOK_ALLOW_PRIVATE")]
    webhook_allow_private: bool,
}

/// How preview URLs look.
#[derive(Debug, Args)]
struct PreviewOptions {
    /// Previews are served under preview.<domain>.
    #[arg(long, env = "PREVIEW_DOMAIN", default_value = "localhost")]
    preview_domain: String,
    /// Preview URLs are https; a proxy in front of the gateway ends TLS.
    #[arg(long, env = "PREVIEW_TLS")]
    preview_tls: bool,
    /// The gateway's port.
    #[arg(long, env = "HTTP_PORT", default_value_t = 18080)]
    http_port: u16,
    /// The port that preview URLs show, unless it is the scheme's own; the gateway's if not given.
    #[arg(long, env = "SANDBOXD_PUBLIC_HTTP_PORT")]
    public_http_port: Option<u16>,
}

/// What a new sandbox gets when the request says nothing else.
#[derive(Debug, Args)]
struct SandboxOptions {
    /// The image of new sandboxes.
    #[arg(long, env = "SANDBOXD_IMAGE", default_value = concat!("sandboxd-base:", env!("CARGO_PKG_VERSION")))]
    image: String,
    /// The node of new sandboxes while no worker has ever been heard of.
    #[arg(long, env = "SANDBOXD_NODE", default_value_t = host_name())]
    node: String,
    /// Memory of a sandbox.
    #[arg(long, env = "SANDBOXD_MEMORY_LIMIT", default_value = "2g", value_parser = parse_size)]
    memory_limit: u64,
    /// CPUs of a sandbox.
    #[arg(long, env = "SANDBOXD_CPU_LIMIT", default_value_t = 2.0)]
    cpu_limit: f64,
    /// Processes and threads of a sandbox.
    #[arg(long, env = "SANDBOXD_PIDS_LIMIT", default_value_t = 1024)]
    pids_limit: u32,
    /// Disk space of a sandbox's workspace.
    #[arg(long, env = "SANDBOXD_DISK_LIMIT", default_value = "10g", value_parser = parse_size)]
    disk_limit: u64,
    /// How long a sandbox may be idle before it is stopped; 0 = for ever.
    #[arg(long, env = "SANDBOXD_IDLE_AFTER", default_value = "35m", value_parser = parse_duration)]
    idle_after: Duration,
}

impl ServeOptions {
    fn installation(&self, key: PreviewKey) -> Installation {
        let (sandboxes, preview) = (&self.sandboxes, &self.preview);
        Installation {
            node: sandboxes.node.clone(),
            image: sandboxes.image.clone(),
            limits: Limits {
                memory_bytes: sandboxes.memory_limit,
                cpus: sandboxes.cpu_limit,
                pids: sandboxes.pids_limit,
                disk_bytes: sandboxes.disk_limit,
            },
            idle_after: sandboxes.idle_after,
            previews: PreviewUrls {
                domain: preview.preview_domain.clone(),
                tls: preview.preview_tls,
                port: preview.public_http_port.unwrap_or(preview.http_port),
                key,
            },
            node_sockets: self.data.node_sockets(),
            webhooks_to_private: self.webhook_allow_private,
        }
    }
}

pub(super) async fn run(options: ServeOptions) -> anyhow::Result<()> {
    let _telemetry = telemetry::start(&options.log, &options.traces, Process::Api)?;
    options.auth.check_bind(options.bind)?;
    let shutdown = signals::shutdown()?;
    // Before the database: opening it is measured too.
    let page = options.metrics.address(Process::Api).map(|at| (at, Page::install(Process::Api)));
    let (store, bell) = installation::open(&options.data).await?;
    if let Some((address, page)) = page {
        let measured = store.clone();
        let look = move || server::measure(measured.clone());
        tokio::spawn(metrics::serve(page, address, look, shutdown.clone()));
    }
    let mut tx = store.write().await?;
    quotas::set_defaults(&mut tx, &options.quotas.limits()).await?;
    tx.commit().await?;
    let keys = open_keys(&store, &options.secrets, &options.data.data_dir).await?;
    let auth = Arc::new(options.auth.open(&options.data.data_dir)?);
    if let Found::Made(token) = auth.found() {
        println!("The API's token, kept in {}/token:\n{token}", options.data.data_dir.display());
    }
    let reloaded = Arc::clone(&auth);
    signals::on_hangup(move || reloaded.reload())?;
    let changes = Changes::follow(store.clone(), bell.listen()?, shutdown.clone());
    let listener = TcpListener::bind(options.bind)
        .await
        .with_context(|| format!("{} can't be listened on", options.bind))?;
    tracing::info!(address = %listener.local_addr()?, "serving the API");
    let installation = options.installation(installation::preview_key(&options.data)?);
    let api = Api::new(store.clone(), &changes, auth, keys, installation, shutdown.clone());
    server::serve(listener, api, shutdown).await;
    store.close().await;
    Ok(())
}
