//! Leave to see a private preview, which ends with its token: whatever was let in by a token
//! holds its pass and hears when it is over.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::directory::Directory;
use super::refusal::Refusal;

/// The pass of one token, shared by all that it let in.
pub(crate) struct Pass {
    over: CancellationToken,
}

/// The passes in use. Only tokens that open something get one, so there are no more than those.
#[derive(Default)]
pub(crate) struct Passes {
    by_token: Mutex<HashMap<String, Weak<Pass>>>,
}

impl Passes {
    /// The pass of a token that was found to open something.
    pub(crate) fn of(&self, token: &str) -> Arc<Pass> {
        let mut passes = self.by_token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pass) = passes.get(token).and_then(Weak::upgrade) {
            return pass;
        }
        let pass = Arc::new(Pass { over: CancellationToken::new() });
        passes.insert(token.to_owned(), Arc::downgrade(&pass));
        pass
    }

    /// Ends the passes whose tokens open nothing any more, and forgets those not in use.
    pub(crate) fn check(&self, directory: &dyn Directory) {
        let mut passes = self.by_token.lock().unwrap_or_else(PoisonError::into_inner);
        passes.retain(|token, pass| {
            let Some(pass) = pass.upgrade() else { return false };
            let opens = directory.grant(token).is_ok();
            if !opens {
                pass.over.cancel();
            }
            opens
        });
    }
}

impl Pass {
    /// Ends when the pass does.
    pub(crate) async fn over(&self) {
        self.over.cancelled().await;
    }

    /// The outcome of `work`, unless the pass ends before.
    pub(crate) async fn during<T>(
        &self,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        tokio::select! {
            biased;
            () = self.over() => Err(Refusal::Unauthorised),
            done = work => done,
        }
    }
}

/// A pass as an answer's body holds it.
pub(crate) struct Held {
    over: Pin<Box<WaitForCancellationFutureOwned>>,
    _pass: Arc<Pass>,
}

impl Held {
    pub(crate) fn new(pass: Arc<Pass>) -> Self {
        Self { over: Box::pin(pass.over.clone().cancelled_owned()), _pass: pass }
    }

    /// Ready once the pass is over.
    pub(crate) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.over.as_mut().poll(cx)
    }
}
