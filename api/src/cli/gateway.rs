//! `gateway`: the previews.

use std::net::SocketAddr;

use anyhow::Context;
use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sandboxd_shared::config::DataOptions;
use sandboxd_shared::feed::Changes;
use sandboxd_shared::metrics::{self, MetricsOptions, Page, Process};
use sandboxd_shared::telemetry::{self, LogOptions, TraceOptions};

use super::{installation, signals};
use crate::gateway::{self, GatewayConfig, Limits, Origin};
use crate::previews::{StoreWaker, Table};
use crate::proxies::TrustedProxies;

/// Open files that aren't those of clients in conversation: database, log, idle connections.
const OTHER_FILES: usize = 512;

/// Settings of `gateway`.
#[derive(Debug, Args)]
pub struct GatewayOptions {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    log: LogOptions,
    #[command(flatten)]
    traces: TraceOptions,
    #[command(flatten)]
    metrics: MetricsOptions,
    /// Where the gateway listens; 127.0.0.1 and the gateway's port if not given.
    #[arg(long, env = "SANDBOXD_EDGE_BIND")]
    bind: Option<SocketAddr>,
    /// The gateway's port.
    #[arg(long, env = "HTTP_PORT", default_value_t = 18080)]
    http_port: u16,
    /// Previews are served under preview.<domain>.
    #[arg(long, env = "PREVIEW_DOMAIN", default_value = "localhost")]
    preview_domain: String,
    /// A proxy in front ends TLS: applications are told https.
    #[arg(long, env = "PREVIEW_TLS")]
    preview_tls: bool,
    /// Origins that may show previews in a frame, separated by commas; where the API listens, if
    /// not given.
    #[arg(long, env = "SANDBOXD_CONSOLE_ORIGIN", value_delimiter = ',')]
    console_origin: Option<Vec<Origin>>,
    /// Proxies in front, as addresses and networks with commas, that are believed who a client is.
    #[arg(long, env = "SANDBOXD_TRUSTED_PROXIES", default_value = "", hide_default_value = true)]
    trusted_proxies: TrustedProxies,
    /// Where the API listens.
    #[arg(long, env = "SANDBOXD_API_BIND", default_value = "127.0.0.1:9090")]
    api_bind: SocketAddr,
}

pub(super) async fn run(options: GatewayOptions) -> anyhow::Result<()> {
    let _telemetry = telemetry::start(&options.log, &options.traces, Process::Gateway)?;
    let shutdown = signals::shutdown()?;
    if let Some(address) = options.metrics.address(Process::Gateway) {
        let page = Page::install(Process::Gateway);
        let look = || std::future::ready(());
        tokio::spawn(metrics::serve(page, address, look, shutdown.clone()));
    }
    let (store, bell) = installation::open(&options.data).await?;
    let changes = Changes::follow(store.clone(), bell.listen()?, shutdown.clone());
    let key = installation::preview_key(&options.data)?;
    let table = Table::follow(store.clone(), changes, key, shutdown.clone()).await?;
    let waker = StoreWaker::start(store.clone(), shutdown.clone());
    let address =
        options.bind.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], options.http_port)));
    let listener = gateway::bind(address).with_context(|| {
        format!("listening on {address}; choose another with SANDBOXD_EDGE_BIND")
    })?;
    let limits = Limits::default();
    let client_connections = limits.client_connections.min(open_files()? / 2);
    if client_connections < limits.client_connections {
        tracing::warn!(client_connections, "few open files are allowed; raise RLIMIT_NOFILE");
    }
    let config = GatewayConfig {
        limits: Limits { client_connections, ..limits },
        tls: options.preview_tls,
        proxies: options.trusted_proxies,
        console: options.console_origin.unwrap_or_else(|| Origin::of_bind(options.api_bind)),
        ..GatewayConfig::new(options.preview_domain)
    };
    tracing::info!(address = %address, domain = config.domain, "the gateway listens");
    gateway::serve(listener, config, table, waker, shutdown).await?;
    store.close().await;
    Ok(())
}

/// How many files may be open for clients, each of which needs another towards its sandbox. What
/// the process may have, it takes.
fn open_files() -> anyhow::Result<usize> {
    let allowed = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: allowed.maximum, ..allowed })
        .context("the limit of open files can't be raised to its maximum")?;
    let files =
        allowed.maximum.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    Ok(files.saturating_sub(OTHER_FILES).max(2))
}
