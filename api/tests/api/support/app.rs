//! The API under test.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use sandboxd_api::auth::{Auth, AuthOptions};
use sandboxd_api::previews::PreviewKey;
use sandboxd_api::server::{Api, Installation, PreviewUrls, serve};
use sandboxd_shared::clock::SystemClock;
use sandboxd_shared::domain::{Limits, Quota};
use sandboxd_shared::feed::{Changes, Doorbell};
use sandboxd_shared::sealed::open_keys;
use sandboxd_shared::secrets::SecretsOptions;
use sandboxd_shared::store::{Store, migrate, quotas};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Ask, HandWorker, LIMIT, Reply, id};

pub(crate) const ALICE: &str = "alice-token";
pub(crate) const BOB: &str = "bob-token";

pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) store: Store,
    pub(crate) bell: Doorbell,
    pub(crate) auth: Arc<Auth>,
    pub(crate) key: PreviewKey,
    pub(crate) shutdown: CancellationToken,
    pub(crate) serving: JoinHandle<()>,
    pub(crate) node_sockets: PathBuf,
    pub(crate) folder: TempDir,
}

impl TestApp {
    /// An API with the tenants alice and bob.
    pub(crate) async fn new() -> Self {
        Self::over(tempfile::tempdir().unwrap()).await
    }

    pub(crate) async fn with(options: AuthOptions) -> Self {
        Self::start(options, tempfile::tempdir().unwrap()).await
    }

    /// An API over a data directory that is there, of alice and bob.
    pub(crate) async fn over(folder: TempDir) -> Self {
        let tokens = format!("alice={ALICE},bob={BOB}");
        let options = AuthOptions { api_tokens: Some(tokens), ..AuthOptions::default() };
        Self::start(options, folder).await
    }

    async fn start(options: AuthOptions, folder: TempDir) -> Self {
        let bell = Doorbell::open(&folder.path().join("run/bells")).unwrap();
        let file = folder.path().join("sandboxd.db");
        let store = Store::open(&file, Arc::new(SystemClock), bell.clone()).await.unwrap();
        migrate(&store).await.unwrap();
        let shutdown = CancellationToken::new();
        let changes = Changes::follow(store.clone(), bell.listen().unwrap(), shutdown.clone());
        let auth = Arc::new(options.open(folder.path()).unwrap());
        let keys = open_keys(&store, &SecretsOptions::default(), folder.path()).await.unwrap();
        let key = PreviewKey::read_or_make(&folder.path().join("preview.key")).unwrap();
        let node_sockets = folder.path().join("node");
        let installation = installation(key.clone(), node_sockets.clone());
        let api = Api::new(
            store.clone(),
            &changes,
            Arc::clone(&auth),
            keys,
            installation,
            shutdown.clone(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(serve(listener, api, shutdown.clone()));
        Self { address, store, bell, auth, key, shutdown, serving, node_sockets, folder }
    }

    /// Its data directory, for another process.
    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Gives a tenant limits of its own, as an operator does.
    pub(crate) async fn limit(&self, tenant: &str, limits: &[(Quota, i64)]) {
        let mut tx = self.store.write().await.unwrap();
        for (quota, value) in limits {
            quotas::set(&mut tx, tenant, *quota, Some(*value)).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Runs an `admin` command beside the API.
    pub(crate) async fn admin(&self, arguments: &[&str]) -> Output {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_sandboxd-api"));
        command.arg("admin").arg("--data-dir").arg(self.data()).args(arguments).kill_on_drop(true);
        in_time("an admin command", command.output()).await.unwrap()
    }

    /// The same, for one that succeeds.
    pub(crate) async fn admin_ok(&self, arguments: &[&str]) -> String {
        let done = self.admin(arguments).await;
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    /// Ends the API, as SIGTERM does.
    pub(crate) async fn end(&mut self) {
        self.shutdown.cancel();
        in_time("the end", &mut self.serving).await.unwrap();
    }

    pub(crate) fn worker(&self) -> HandWorker {
        HandWorker::new(self.store.clone(), &self.bell)
    }

    /// A request of alice's.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.address, method, path).token(ALICE)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path).send().await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask("POST", path).json(&body).send().await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.ask("PATCH", path).json(&body).send().await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.ask("DELETE", path).send().await
    }

    /// The id of a new app of alice's.
    pub(crate) async fn app(&self, name: &str) -> String {
        let made = self.post("/v1/apps", json!({ "name": name })).await;
        made.expect(201);
        id(&made.json, "id")
    }

    /// The ids of a new app and of its sandbox, which runs.
    pub(crate) async fn running(&self) -> (String, String) {
        let app = self.app("shop").await;
        let made = self.post(&format!("/v1/apps/{app}/sandbox"), json!({})).await;
        made.expect(202);
        self.worker().succeed(&id(&made.json, "id")).await;
        (app, id(&made.json, "sandbox_id"))
    }

    /// The same, stopped.
    pub(crate) async fn stopped(&self) -> (String, String) {
        let (app, sandbox) = self.running().await;
        self.done(self.post(&format!("/v1/sandboxes/{sandbox}/stop"), json!({})).await).await;
        (app, sandbox)
    }

    /// The ids of an app, of its stopped sandbox and of a ready snapshot of it.
    pub(crate) async fn captured(&self) -> (String, String, String) {
        let (app, sandbox) = self.stopped().await;
        let body = json!({ "source_sandbox_id": sandbox, "name": "first" });
        let ended = self.done(self.post("/v1/snapshots", body).await).await;
        (app, sandbox, id(&ended, "snapshot_id"))
    }

    /// Does an accepted operation and gives it as it ended.
    pub(crate) async fn done(&self, accepted: Reply) -> Value {
        accepted.expect(202);
        let operation = id(&accepted.json, "id");
        self.worker().succeed(&operation).await;
        self.get(&format!("/v1/operations/{operation}")).await.json
    }

    /// How many rows each table has that a request could have changed, and the newest change of
    /// each app and sandbox.
    pub(crate) async fn fingerprint(&self) -> Vec<String> {
        let mut conn = self.store.read().await.unwrap();
        let mut found = Vec::new();
        for table in [
            "apps",
            "sandboxes",
            "snapshots",
            "operations",
            "tasks",
            "task_output",
            "events",
            "generations",
            "app_config",
            "webhooks",
            "webhook_deliveries",
            "preview_tokens",
            "sessions",
        ] {
            let sql = format!("SELECT count(*) FROM {table}");
            let rows: i64 =
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *conn).await.unwrap();
            found.push(format!("{table} {rows}"));
        }
        for sql in [
            "SELECT group_concat(id || updated_at || name, ';') FROM apps",
            "SELECT group_concat(id || updated_at || status, ';') FROM sandboxes",
            "SELECT group_concat(id || status || name, ';') FROM snapshots",
            "SELECT group_concat(app_id || key || updated_at || hex(sealed), ';') FROM app_config",
            "SELECT group_concat(id || status || cancel_requested, ';') FROM operations",
            "SELECT group_concat(id || status || operation_id, ';') FROM tasks",
            "SELECT group_concat(id || url || updated_at, ';') FROM webhooks",
            "SELECT group_concat(id || ifnull(revoked_at, ''), ';') FROM preview_tokens",
        ] {
            let rows: Option<String> = sqlx::query_scalar(sql).fetch_one(&mut *conn).await.unwrap();
            found.push(rows.unwrap_or_default());
        }
        found
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

fn installation(key: PreviewKey, node_sockets: PathBuf) -> Installation {
    Installation {
        node: "node-of-the-settings".to_owned(),
        image: "image:test".to_owned(),
        limits: Limits { memory_bytes: 1 << 30, cpus: 1.0, pids: 256, disk_bytes: 1 << 32 },
        idle_after: Duration::from_secs(35 * 60),
        previews: PreviewUrls { domain: "example.test".to_owned(), tls: false, port: 18080, key },
        node_sockets,
        webhooks_to_private: false,
    }
}

/// Fails the test if `future` takes longer than anything does that isn't broken.
pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.unwrap_or_else(|_| panic!("{what}: not in time"))
}
