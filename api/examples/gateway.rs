//! The gateway before one application on loopback, to measure it with a load generator:
//! `cargo run --release -p sandboxd-api --example gateway -- <listen port> <application port>`.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use sandboxd_api::gateway::{
    Directory, GatewayConfig, Grant, NoGrant, Route, Status, WakeError, Waker, bind, serve,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const SANDBOX: &str = "01jd3v5m8x0000000000000abc";

struct OneSandbox {
    route: Arc<Route>,
    changes: watch::Sender<u64>,
}

impl Directory for OneSandbox {
    fn lookup(&self, sandbox: &str) -> Option<Arc<Route>> {
        (sandbox == SANDBOX).then(|| Arc::clone(&self.route))
    }

    fn grant(&self, _token: &str) -> Result<Grant, NoGrant> {
        Err(NoGrant::Never)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

struct NoWaker;

#[async_trait]
impl Waker for NoWaker {
    async fn wake(&self, _sandbox: &str) -> Result<(), WakeError> {
        Err(WakeError::NotWakeable)
    }

    fn touch(&self, _sandbox: &str) {}
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut ports = std::env::args().skip(1).map(|port| port.parse::<u16>());
    let mut port = || ports.next().ok_or_else(|| anyhow::anyhow!("two ports are needed"));
    let (listen, app) = (port()??, port()??);
    let route = Route {
        sandbox: SANDBOX.to_owned(),
        status: Status::Running,
        address: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        generation: 1,
        since: Instant::now(),
        ports: vec![app],
        public: true,
        app_name: "Load".to_owned(),
    };
    let directory = OneSandbox { route: Arc::new(route), changes: watch::Sender::new(0) };
    let listener = bind((Ipv4Addr::LOCALHOST, listen).into())?;
    println!("Host: s-{SANDBOX}-{app}.preview.localhost");
    let config = GatewayConfig::new("localhost");
    let shutdown = CancellationToken::new();
    serve(listener, config, Arc::new(directory), Arc::new(NoWaker), shutdown).await?;
    Ok(())
}
