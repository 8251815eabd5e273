//! `sandboxctl workers`

use clap::Args;
use serde_json::Value;

use crate::client::{Failure, Route};
use crate::output::{age, text_of};
use crate::session::Session;

/// List workers and what they run
#[derive(Debug, Args)]
#[command(alias = "worker")]
pub(crate) struct Workers {}

impl Workers {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let answer = session.client.get(&Route::v1(["workers"])).await?;
        let (columns, now) =
            (["NODE", "ALIVE", "SEEN", "RUNNING", "QUEUES", "NAME"], session.out.now);
        session.out.list(&answer, "workers", &columns, |worker| {
            let queues = worker["queues"].as_array().into_iter().flatten();
            let queues: Vec<&str> = queues.filter_map(Value::as_str).collect();
            vec![
                text_of(worker, "node"),
                text_of(worker, "alive"),
                age(worker["seen_at"].as_str(), now),
                text_of(worker, "running"),
                queues.join(","),
                text_of(worker, "name"),
            ]
        });
        Ok(())
    }
}
