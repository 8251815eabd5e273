//! Looking at everything that an operation can leave: rows, events, containers, volumes,
//! directories.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sandboxd_shared::domain::{Event, Operation, SandboxStatus, StepStatus};
use sandboxd_shared::ids::{AppId, OperationId, SandboxId};
use sandboxd_shared::store::events::{self, Filter, Window};
use sandboxd_worker::runtime::{ContainerState, Phase, Runtime};
use sandboxd_worker::sandbox::container_name;

use crate::node::{NODE, OWNER, TestNode};

impl TestNode {
    async fn events(&self, filter: Filter) -> Vec<Event> {
        let mut conn = self.store.read().await.unwrap();
        events::list(&mut conn, OWNER, &filter, Window::After(None), 1_000).await.unwrap()
    }

    pub(crate) async fn events_of(&self, operation: OperationId) -> Vec<Event> {
        self.events(Filter { operation_id: Some(operation), ..Filter::default() }).await
    }

    /// The types of an operation's events, in order.
    pub(crate) async fn timeline(&self, operation: OperationId) -> Vec<String> {
        self.events_of(operation).await.into_iter().map(|event| event.kind).collect()
    }

    pub(crate) async fn app_events(&self, app: AppId) -> Vec<Event> {
        self.events(Filter { app_id: Some(app), ..Filter::default() }).await
    }

    pub(crate) fn container(&self, sandbox: SandboxId) -> Option<ContainerState> {
        self.engine.peek(&container_name(sandbox).unwrap())
    }

    pub(crate) async fn volumes(&self) -> Vec<String> {
        let listed = self.runtime().list_volumes().await.unwrap();
        listed.into_iter().map(|volume| volume.name.as_str().to_owned()).collect()
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let mut conn = self.store.read().await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut *conn).await.unwrap()
    }

    /// Row, container, volume and directory say that the sandbox runs over its workspace.
    pub(crate) async fn assert_running(&self, sandbox: SandboxId) {
        let row = self.sandbox(sandbox).await.unwrap();
        assert_eq!(row.status, SandboxStatus::Running, "{row:#?}");
        assert_eq!(row.active_operation_id, None);
        let container = self.container(sandbox).expect("it has a container");
        assert_eq!(container.phase, Phase::Running);
        assert_eq!(i64::from(container.generation), row.generation);
        assert_eq!(row.address, container.address);
        assert_eq!(row.container_id.as_deref(), Some(&*container.id));
        let generation = self.generation(sandbox).await;
        assert_eq!(generation.number, row.generation);
        assert!(generation.mounted);
        assert_eq!(self.volumes_of(sandbox).await, self.wanted_volume(sandbox, row.generation));
        assert!(self.options.sandbox_runs().join(sandbox.lower()).is_dir());
    }

    /// Row, container, volume and directory say that the sandbox is down, with nothing unsealed.
    pub(crate) async fn assert_stopped(&self, sandbox: SandboxId) {
        let row = self.sandbox(sandbox).await.unwrap();
        assert_eq!(row.status, SandboxStatus::Stopped, "{row:#?}");
        assert_eq!(row.active_operation_id, None);
        assert_eq!((row.address, &row.container_id), (None, &None));
        assert_eq!(self.container(sandbox).map(|found| found.phase), None);
        assert_eq!(self.volumes_of(sandbox).await, Vec::<String>::new());
        let generation = self.generation(sandbox).await;
        assert_eq!(generation.number, row.generation);
        assert!(!generation.mounted, "nothing is unsealed");
    }

    /// No container, no mount; what changed may be unsealed.
    pub(crate) async fn assert_down(&self, sandbox: SandboxId) {
        let row = self.sandbox(sandbox).await.unwrap();
        assert_eq!(row.status, SandboxStatus::Stopped, "{row:#?}");
        assert_eq!((row.active_operation_id, row.address), (None, None));
        assert!(self.container(sandbox).is_none());
        assert_eq!(self.volumes_of(sandbox).await, Vec::<String>::new());
    }

    /// Its container runs and is not frozen.
    pub(crate) fn assert_running_container(&self, sandbox: SandboxId) {
        assert_eq!(self.container(sandbox).unwrap().phase, Phase::Running);
    }

    pub(crate) async fn volumes_of(&self, sandbox: SandboxId) -> Vec<String> {
        let prefix = format!("s-{}-", sandbox.lower());
        self.volumes().await.into_iter().filter(|name| name.starts_with(&prefix)).collect()
    }

    fn wanted_volume(&self, sandbox: SandboxId, generation: i64) -> Vec<String> {
        use sandboxd_worker::workspace::DriverKind;
        match self.driver.kind() {
            DriverKind::Overlay => vec![format!("s-{}-g{generation}", sandbox.lower())],
            DriverKind::Copy => Vec::new(),
        }
    }

    /// After one look of the reconciler nothing of any sandbox is left. No worker runs.
    pub(crate) async fn assert_nothing_left(&self) {
        // Past the grace that unknown directories have.
        self.clock.advance(Duration::from_secs(11 * 60));
        self.reconcile().await;
        assert_eq!(self.runtime().list_containers().await.unwrap(), []);
        assert_eq!(self.volumes().await, Vec::<String>::new());
        for table in ["sandboxes", "generations", "layers", "snapshots"] {
            let sql = format!("SELECT count(*) FROM {table}");
            let mut conn = self.store.read().await.unwrap();
            let rows: i64 =
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *conn).await.unwrap();
            assert_eq!(rows, 0, "{table}");
        }
        let unfinished = "SELECT count(*) FROM operations WHERE status IN ('queued', 'running')";
        assert_eq!(self.count(unfinished).await, 0);
        assert_eq!(names(&self.data().join("l")), ["empty"]);
        for folder in ["w", "trash", "tmp", "run/s", "run/locks", "run/workers"] {
            assert_eq!(names(&self.data().join(folder)), Vec::<String>::new(), "{folder}");
        }
    }

    /// What is on disk and in the engine is what the rows say, and the rows agree.
    pub(crate) async fn assert_consistent(&self) {
        let orphans = "SELECT count(*) FROM generations g WHERE g.state = 'active' \
             AND NOT EXISTS (SELECT 1 FROM sandboxes s WHERE s.id = g.sandbox_id \
                 AND s.generation = g.number)";
        assert_eq!(self.count(orphans).await, 0, "an active generation is its sandbox's");
        let dangling = "SELECT count(*) FROM layers l WHERE l.state <> 'ready' AND ( \
             EXISTS (SELECT 1 FROM snapshots s WHERE s.layer_id = l.id) \
             OR EXISTS (SELECT 1 FROM generations g WHERE g.base_layer_id = l.id))";
        assert_eq!(self.count(dangling).await, 0, "what is stood on is ready");
        let mut conn = self.store.read().await.unwrap();
        let ready: Vec<String> =
            sqlx::query_scalar("SELECT id FROM layers WHERE node = $1 AND state = 'ready'")
                .bind(NODE)
                .fetch_all(&mut *conn)
                .await
                .unwrap();
        for layer in ready {
            assert!(self.data().join("l").join(&layer).is_dir(), "layer {layer} is on disk");
        }
    }
}

/// Steps of an operation with how they ended.
pub(crate) fn steps(operation: &Operation) -> Vec<&str> {
    for step in &operation.steps {
        assert_eq!(step.status, StepStatus::Succeeded, "{:#?}", operation.steps);
        assert!(step.duration_ms.is_some());
    }
    operation.steps.iter().map(|step| step.name.as_str()).collect()
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
