//! How far an operation is, for clients that ask to be told: a call's `_meta.progressToken` is answered by
//! `notifications/progress` (Model Context Protocol, 2025-06-18, "Progress").

use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::RequestContext;
use rmcp::{Peer, RoleServer};
use serde_json::Value;
use tokio::sync::watch;

/// Who asked to be told.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    token: ProgressToken,
    peer: Peer<RoleServer>,
}

impl Listener {
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Option<Self> {
        let token = context.meta.get_progress_token()?;
        Some(Self { token, peer: context.peer.clone() })
    }

    /// Tells each time the operation was looked at, from now on, until nobody does so any more. That a step
    /// takes long is told, too: clients' patience begins anew.
    pub(super) async fn follow(&self, mut seen: watch::Receiver<Value>) {
        let mut value = Rising::default();
        loop {
            let told = self.notification(&seen.borrow_and_update(), &mut value);
            // A client that is gone ends the whole server.
            let _ = self.peer.notify_progress(told).await;
            if seen.changed().await.is_err() {
                return;
            }
        }
    }

    fn notification(&self, operation: &Value, value: &mut Rising) -> ProgressNotificationParam {
        let progress = &operation["progress"];
        let done = progress["done"].as_u64().unwrap_or(0);
        let told = ProgressNotificationParam::new(self.token.clone(), value.next(done));
        let told = match progress["total"].as_u64() {
            #[expect(clippy::cast_precision_loss, reason = "operations have a few steps")]
            Some(total) => told.with_total(total as f64),
            None => told,
        };
        let message = progress["message"].as_str().or(operation["status"].as_str());
        told.with_message(message.unwrap_or_default())
    }
}

/// Steps that are done, as numbers that rise each time, as the protocol demands: between two steps by
/// smaller and smaller parts of one.
#[derive(Debug, Default)]
struct Rising {
    done: u64,
    times: u32,
}

impl Rising {
    fn next(&mut self, done: u64) -> f64 {
        if done > self.done {
            *self = Self { done, times: 0 };
        }
        self.times += 1;
        #[expect(clippy::cast_precision_loss, reason = "operations have a few steps")]
        let whole = self.done as f64;
        whole + 1.0 - 1.0 / f64::from(self.times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_rises_and_never_reaches_the_next_step() {
        let mut value = Rising::default();
        let told: Vec<f64> = [0, 0, 0, 2, 1, 3].map(|done| value.next(done)).to_vec();
        assert!(told.is_sorted_by(|before, after| before < after), "{told:?}");
        assert_eq!((told[0], told[3], told[5]), (0.0, 2.0, 3.0));
        assert!(told[2] < 1.0 && told[4] < 3.0, "{told:?}");
    }
}
