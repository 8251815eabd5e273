//! What all commands share: the client, how results are shown, and what is done about answers that
//! only accept.

use clap::Args;
use serde_json::Value;

use crate::client::{Answer, Client, Failure, check};
use crate::output::{Output, Progress, clean, describe};

/// What a command has.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) out: Output,
}

/// Whether to wait for what was accepted.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Waiting {
    /// Wait until it is done (the default)
    #[arg(long, overrides_with = "no_wait")]
    wait: bool,
    /// Don't wait; print the operation that was accepted
    #[arg(long, overrides_with = "wait")]
    no_wait: bool,
}

impl Waiting {
    /// For who waits whatever was asked for.
    pub(crate) fn is_unwanted(self) -> bool {
        self.no_wait && !self.wait
    }
}

impl Session {
    /// What becomes of a request that was accepted: its end, unless that isn't waited for.
    pub(crate) async fn accepted(&self, answer: &Answer, wait: Waiting) -> Result<(), Failure> {
        if wait.is_unwanted() {
            self.out.show(answer, describe);
            let id = answer.json()["id"].as_str().unwrap_or_default().to_owned();
            self.out.note(&format!("accepted; its end: sandboxctl operations wait {}", clean(&id)));
            return Ok(());
        }
        let ended = self.wait_for(answer).await?;
        self.show_end(&ended)
    }

    /// Shows how an operation ended; not well is a failure.
    pub(crate) fn show_end(&self, ended: &Answer) -> Result<(), Failure> {
        let end = check(&ended.json());
        if end.is_ok() || self.out.json {
            self.out.show(ended, describe);
        }
        end
    }

    /// The end of the operation in an answer, however it ended.
    pub(crate) async fn wait_for(&self, accepted: &Answer) -> Result<Answer, Failure> {
        let operation = accepted.json();
        let Some(id) = operation["id"].as_str() else {
            return Err(Failure::Failed("the answer is no operation".into()));
        };
        let mut progress = Progress::new(&self.out);
        progress.tell(&operation);
        let tick = progress.tick();
        let ended = self.client.ended(id, tick, |operation| progress.tell(operation));
        let come_back = format!("it goes on: sandboxctl operations wait {}", clean(id));
        let ended = or_interrupted(ended, come_back).await;
        progress.end();
        ended
    }
}

/// What is done, unless the user has had enough; then `come_back` says what goes on.
pub(crate) async fn or_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
    come_back: String,
) -> Result<T, Failure> {
    tokio::select! {
        done = work => done,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted(come_back)),
    }
}

/// An id of an answer, for the next request.
pub(crate) fn id(value: &Value, key: &str) -> Result<String, Failure> {
    let id = value[key].as_str().map(str::to_owned);
    id.ok_or_else(|| Failure::Failed(format!("the answer has no {key}")))
}
