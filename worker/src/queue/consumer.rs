//! One apalis worker for each queue class of the node.

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::{BackendExt, Data, WorkerBuilder, WorkerBuilderExt, WorkerContext};
use apalis_sqlite::{Config, SqliteStorage};
use sandboxd_shared::domain::QueueClass;
use sandboxd_shared::store::Store;
use sandboxd_shared::store::queue::{self, Poke};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use super::lookout::Rung;
use crate::runner::Runner;

/// The first and the longest wait before a consumer that died is started again.
const RESTART_MIN: Duration = Duration::from_millis(200);
const RESTART_MAX: Duration = Duration::from_secs(10);
/// How long apalis may take to stop.
const STOP_LIMIT: Duration = Duration::from_millis(500);
/// How long a consumer must have lived for its next death to count as a first one.
const HEALTHY_AFTER: Duration = Duration::from_secs(30);

/// How many operations of a class one worker process runs at a time.
#[derive(Debug, Clone, Copy)]
pub struct Concurrency {
    /// The class.
    pub class: QueueClass,
    /// How many.
    pub limit: usize,
}

/// Takes pokes from one queue and hands them to the runner.
#[derive(Debug, Clone)]
pub struct Consumer {
    /// The database.
    pub store: Store,
    /// When to look.
    pub rings: watch::Receiver<u64>,
    /// What runs operations.
    pub runner: Arc<Runner>,
    /// The node whose queue it is.
    pub node: String,
}

impl Consumer {
    /// Takes pokes until `shutdown`, starting apalis again when it dies of a database error.
    pub async fn run(self, concurrency: Concurrency, shutdown: CancellationToken) {
        let class = concurrency.class;
        let mut wait = RESTART_MIN;
        while !shutdown.is_cancelled() {
            let born = tokio::time::Instant::now();
            match self.consume(concurrency, &shutdown).await {
                Ok(()) if shutdown.is_cancelled() => return,
                Ok(()) => {
                    tracing::warn!(queue = %class, "the queue's consumer ended; starting it again");
                }
                Err(error) => {
                    tracing::warn!(queue = %class, error, "the queue's consumer died; starting it again");
                }
            }
            if born.elapsed() >= HEALTHY_AFTER {
                wait = RESTART_MIN;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = shutdown.cancelled() => return,
            }
            wait = (wait * 2).min(RESTART_MAX);
        }
    }

    async fn consume(
        &self,
        concurrency: Concurrency,
        shutdown: &CancellationToken,
    ) -> Result<(), String> {
        let class = concurrency.class;
        let name = queue::name(&self.node, class);
        // With a larger batch, buffered pokes get no heartbeat and are delivered twice. Marking
        // a poke as running would be one more write; nothing looks at it.
        let config = Config::default().queue(&name).batch_size(1).lock_tasks(false);
        let backend = SqliteStorage::<Poke>::new(self.store.queue_pool())
            .with_config(config)
            .poll_with_strategy(Rung::new(&self.rings));
        // A name that was used before is refused for a while.
        let context = WorkerContext::new(&format!("{name}/{}", Ulid::generate()));
        let worker = WorkerBuilder::new(&context)
            .backend(backend)
            .data(Arc::clone(&self.runner))
            .concurrency(concurrency.limit)
            .build(look);
        let mut run = std::pin::pin!(worker.run());
        tokio::select! {
            ended = &mut run => return ended.map_err(|error| error.to_string()),
            () = shutdown.cancelled() => {}
        }
        // The runner drains by itself; apalis is only given a little time to answer pokes. Not as long
        // as operations run: what it was told to stop in the middle of may be a write, and until it
        // is dropped that keeps the database from operations that have to be handed back. A poke
        // that isn't answered is delivered again, as after a kill, and finds its operation ended.
        let _ = context.stop();
        let _ = tokio::time::timeout(STOP_LIMIT, run).await;
        Ok(())
    }
}

/// apalis' handler: always a success.
async fn look(poke: Poke, runner: Data<Arc<Runner>>) {
    runner.look(poke.operation).await;
}
