//! A gateway under test, its fakes, and small clients and servers.

mod app;
mod fakes;
mod wire;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use sandboxd_api::gateway::{GatewayConfig, Limits, Status, bind, serve};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) use app::App;
pub(crate) use fakes::{Table, TestWaker, route};
pub(crate) use wire::{Head, Wire};

pub(crate) const ID: &str = "01jd3v5m8x0000000000000abc";

/// Nothing here takes longer unless it is broken.
pub(crate) const LIMIT: Duration = Duration::from_secs(15);

pub(crate) struct TestGateway {
    pub(crate) address: SocketAddr,
    pub(crate) table: Arc<Table>,
    pub(crate) waker: Arc<TestWaker>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) running: JoinHandle<std::io::Result<()>>,
}

impl TestGateway {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Limits)) -> Self {
        Self::configured(|config| change(&mut config.limits)).await
    }

    pub(crate) async fn configured(change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let mut config = GatewayConfig::new("example.test");
        change(&mut config);
        let table = Arc::new(Table::default());
        let waker = Arc::new(TestWaker::default());
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(serve(
            listener,
            config,
            Arc::clone(&table) as _,
            Arc::clone(&waker) as _,
            shutdown.clone(),
        ));
        Self { address, table, waker, shutdown, running }
    }

    /// A gateway whose one sandbox runs `app`.
    pub(crate) async fn before(app: &App) -> Self {
        let gateway = Self::new().await;
        gateway.run(app);
        gateway
    }

    /// The sandbox runs `app`, in a new generation.
    pub(crate) fn run(&self, app: &App) {
        self.table.change(ID, |route| {
            route.status = Status::Running;
            route.address = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
            route.generation += 1;
            route.ports = vec![app.port];
        });
    }

    pub(crate) async fn connect(&self) -> Wire {
        Wire::connect(self.address).await
    }

    /// Sends one request on a connection of its own; head lines after the Host.
    pub(crate) async fn ask(&self, line: &str, port: u16, headers: &str) -> (Head, String) {
        let mut wire = self.connect().await;
        wire.send(&format!("{line} HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", host(port))).await;
        wire.answer().await
    }
}

pub(crate) fn host(port: u16) -> String {
    format!("s-{ID}-{port}.preview.example.test")
}

/// Waits for a condition that something else will bring about.
pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let met = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LIMIT, met).await.unwrap_or_else(|_| panic!("never: {what}"));
}
