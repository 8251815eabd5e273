//! `sandboxctl queues`

use clap::Args;

use crate::client::{Failure, Route};
use crate::output::{duration, text_of};
use crate::session::Session;

/// Show how many operations wait and run, by node and queue
#[derive(Debug, Args)]
#[command(alias = "queue")]
pub(crate) struct Queues {}

impl Queues {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let answer = session.client.get(&Route::v1(["queues"])).await?;
        let columns = ["NODE", "QUEUE", "WAITING", "OLDEST", "RUNNING", "ENDED/MIN", "FAILED/MIN"];
        session.out.list(&answer, "queues", &columns, |queue| {
            vec![
                text_of(queue, "node"),
                text_of(queue, "queue"),
                text_of(queue, "depth"),
                duration(queue["oldest_age_ms"].as_u64()),
                text_of(queue, "running"),
                text_of(queue, "ended_per_minute"),
                text_of(queue, "failed_per_minute"),
            ]
        });
        Ok(())
    }
}
