//! The API under test, for the tenant alice.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sandboxd_api::auth::AuthOptions;
use sandboxd_api::previews::PreviewKey;
use sandboxd_api::server::{Api, Installation, PreviewUrls, serve};
use sandboxd_shared::clock::SystemClock;
use sandboxd_shared::domain::Limits;
use sandboxd_shared::feed::{Changes, Doorbell};
use sandboxd_shared::sealed::open_keys;
use sandboxd_shared::secrets::SecretsOptions;
use sandboxd_shared::store::{Store, migrate};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Ctl, HandWorker, play};

pub(crate) const TOKEN: &str = "alice-token";
pub(crate) const NODE: &str = "node-of-the-settings";

/// Nothing here takes longer unless it is broken.
const LIMIT: Duration = Duration::from_secs(15);

/// Fails the test if `future` takes longer than anything does that isn't broken.
pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.unwrap_or_else(|_| panic!("{what}: not in time"))
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) store: Store,
    pub(crate) node_sockets: PathBuf,
    /// Also the home of who runs the program.
    pub(crate) folder: TempDir,
    bell: Doorbell,
    shutdown: CancellationToken,
}

impl Server {
    /// With a worker that does at once what is asked for.
    pub(crate) async fn new() -> Self {
        let server = Self::idle().await;
        tokio::spawn(play::work(server.worker()));
        server
    }

    /// Without a worker.
    pub(crate) async fn idle() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bell = Doorbell::open(&folder.path().join("run/bells")).unwrap();
        let file = folder.path().join("sandboxd.db");
        let store = Store::open(&file, Arc::new(SystemClock), bell.clone()).await.unwrap();
        migrate(&store).await.unwrap();
        let shutdown = CancellationToken::new();
        let changes = Changes::follow(store.clone(), bell.listen().unwrap(), shutdown.clone());
        let tokens = Some(format!("alice={TOKEN}"));
        let auth = AuthOptions { api_tokens: tokens, ..AuthOptions::default() };
        let auth = Arc::new(auth.open(folder.path()).unwrap());
        let keys = open_keys(&store, &SecretsOptions::default(), folder.path()).await.unwrap();
        let node_sockets = folder.path().join("node");
        let installation = Installation {
            node: NODE.to_owned(),
            image: "image:test".to_owned(),
            limits: Limits { memory_bytes: 1 << 30, cpus: 1.0, pids: 256, disk_bytes: 1 << 32 },
            idle_after: Duration::from_secs(35 * 60),
            previews: PreviewUrls {
                domain: "example.test".to_owned(),
                tls: false,
                port: 18080,
                key: PreviewKey::read_or_make(&folder.path().join("preview.key")).unwrap(),
            },
            node_sockets: node_sockets.clone(),
            webhooks_to_private: false,
        };
        let api = Api::new(store.clone(), &changes, auth, keys, installation, shutdown.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, api, shutdown.clone()));
        Self { address, store, node_sockets, folder, bell, shutdown }
    }

    pub(crate) fn worker(&self) -> HandWorker {
        HandWorker::new(self.store.clone(), &self.bell)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The program with these arguments, as alice.
    pub(crate) fn ctl(&self, arguments: &[&str]) -> Ctl {
        Ctl::new(self.folder.path(), arguments)
            .env("SANDBOXCTL_URL", &self.url())
            .env("SANDBOXCTL_TOKEN", TOKEN)
    }

    /// What a command prints that succeeds.
    pub(crate) async fn ok(&self, arguments: &[&str]) -> String {
        self.ctl(arguments).run().await.ok().stdout.clone()
    }

    /// The same as JSON.
    pub(crate) async fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let said = self.ctl(arguments).arg("--json").run().await;
        serde_json::from_str(&said.ok().stdout).unwrap()
    }

    /// An app with a sandbox that runs.
    pub(crate) async fn shop(&self) {
        self.ok(&["apps", "create", "shop"]).await;
        self.ok(&["sandboxes", "create", "shop", "--template", "static"]).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
