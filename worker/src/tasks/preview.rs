//! How the preview is after the agent.

use std::time::Duration;

use sandboxd_shared::domain::{PreviewStatus, Sandbox};
use sandboxd_shared::ids::TaskId;
use sandboxd_shared::store::tasks;
use tokio::time::Instant;

use super::Tasks;
use crate::health;
use crate::runner::{JobContext, JobError};
use crate::sandbox::InitState;

/// How long a preview that doesn't answer is waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often it is asked.
const TICK: Duration = Duration::from_millis(250);

impl Tasks {
    /// Asks the preview until it answers, for a while, and notes what it came to.
    ///
    /// # Errors
    /// Of the database.
    pub async fn check_preview(&self, cx: &JobContext, id: TaskId) -> Result<(), JobError> {
        let task = self.task(cx, id).await?;
        let Some(row) = self.own_sandbox(cx, &task).await? else { return Ok(()) };
        let until = Instant::now() + PATIENCE;
        let (status, answer) = loop {
            let late = Instant::now() >= until;
            if let (Some(status), answer) = self.look(&row, late).await {
                break (status, answer);
            }
            tokio::time::sleep(TICK).await;
        };
        let mut tx = cx.fenced_write().await?;
        let now = cx.store().clock().now();
        tasks::set_preview(&mut tx, id, status).await?;
        // What it finds while a dev server comes up is told by who watches.
        if status != PreviewStatus::Starting {
            health::record(&mut tx, &row, status, answer, Some("task"), now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// One look: how it is, if that can be said already, and what it answered.
    async fn look(&self, row: &Sandbox, late: bool) -> (Option<PreviewStatus>, Option<u16>) {
        let answer = match row.address {
            Some(address) => self.prober.probe(address, row.ports.main()).await,
            None => None,
        };
        if answer.is_some_and(|status| status < 500) {
            return (Some(PreviewStatus::Ready), answer);
        }
        let init = self.containers.init.status(&self.containers.place.run_dir(row.id)).await;
        let status = match init.map(|status| status.state) {
            Ok(InitState::None) => Some(PreviewStatus::Down),
            Ok(InitState::Failed) => Some(PreviewStatus::Error),
            Ok(InitState::Seeding | InitState::Installing) if late => Some(PreviewStatus::Starting),
            _ => late.then_some(PreviewStatus::Error),
        };
        (status, answer)
    }
}
