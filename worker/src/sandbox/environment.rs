//! Giving a sandbox's dev server the environment of its app's config: over the socket of PID 1,
//! into memory; never through the engine, a file or a log.

use std::sync::Arc;
use std::time::Duration;

use sandboxd_shared::app_config::dev_server_environment;
use sandboxd_shared::domain::{ErrorCode, Sandbox};
use sandboxd_shared::ids::{AppId, SandboxId};
use sandboxd_shared::secrets::Keys;
use sandboxd_shared::store::{Store, StoreError, config};

use super::{Containers, Init, InitError, Place, SetEnvironment};
use crate::runner::{JobContext, JobError, LockError, SandboxLocks};

/// How long PID 1 of a container that was just started may take to listen.
const START_LIMIT: Duration = Duration::from_secs(20);
/// How often it is tried meanwhile.
const START_TICK: Duration = Duration::from_millis(10);

/// Gives environments to sandboxes.
#[derive(Debug, Clone)]
pub struct Environments {
    /// The database.
    pub store: Store,
    /// What config is sealed with.
    pub keys: Keys,
    /// Where PID 1 of each sandbox listens.
    pub place: Place,
    /// PID 1 of each.
    pub init: Arc<dyn Init>,
    /// Who gives one has a lock for it: whoever comes last has read last, too. Not the lock of the
    /// sandbox, which an operation would have to wait for.
    pub locks: SandboxLocks,
}

/// An environment was not given.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// It can't be had.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// PID 1 didn't take it.
    #[error(transparent)]
    Init(#[from] InitError),
    /// Somebody else is giving one.
    #[error(transparent)]
    Lock(#[from] LockError),
}

/// An environment was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// The version of the config that it is of at least.
    pub version: i64,
    /// What PID 1 did with it.
    pub answer: SetEnvironment,
}

impl Environments {
    /// Gives a sandbox the environment of now. Giving it again does nothing.
    ///
    /// # Errors
    /// [`EnvironmentError`]
    pub async fn give(&self, sandbox: SandboxId, app: AppId) -> Result<Given, EnvironmentError> {
        let _held = self.locks.try_take(&lock_key(sandbox))?;
        let mut conn = self.store.read().await?;
        let (version, values) = dev_server_environment(&mut conn, &self.keys, app).await?;
        drop(conn);
        let answer = self.init.set_environment(&self.place.run_dir(sandbox), &values).await?;
        Ok(Given { version, answer })
    }
}

impl Containers {
    /// Gives its environment to a container that was just started, once its PID 1 listens, and
    /// notes that.
    ///
    /// # Errors
    /// `sandbox_unavailable` if PID 1 doesn't take it in time; of the database.
    pub(super) async fn give_environment(
        &self,
        cx: &JobContext,
        sandbox: &Sandbox,
    ) -> Result<(), JobError> {
        let until = tokio::time::Instant::now() + START_LIMIT;
        let mut ticks = 0u32;
        let given = loop {
            match self.environments.give(sandbox.id, sandbox.app_id).await {
                Ok(given) => break given,
                Err(EnvironmentError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    ticks += 1;
                    if ticks.is_multiple_of(20) && !self.is_live(sandbox.id).await? {
                        return Err(JobError::retry(
                            ErrorCode::SandboxUnavailable,
                            "the sandbox's container ended before its environment was set",
                        ));
                    }
                    if tokio::time::Instant::now() >= until {
                        return Err(not_taken(error));
                    }
                }
            }
            tokio::time::sleep(START_TICK).await;
        };
        if given.answer == SetEnvironment::Unsupported {
            tracing::warn!(sandbox.id = %sandbox.id, sandbox.image = sandbox.image,
                "the image's sandbox-init takes no environment; config reaches the sandbox only \
                 after it is made again from a newer image");
        }
        let mut tx = cx.fenced_write_lightly().await?;
        config::set_delivered(&mut tx, sandbox.id, given.version).await?;
        tx.commit_quietly().await?;
        Ok(())
    }
}

/// The name of the lock for giving a sandbox its environment.
fn lock_key(sandbox: SandboxId) -> String {
    format!("{sandbox}-environment")
}

fn not_taken(error: EnvironmentError) -> JobError {
    let public = sandboxd_shared::domain::ErrorBody::new(
        ErrorCode::SandboxUnavailable,
        "the sandbox did not take its environment in time; the host may be overloaded",
    );
    JobError::Retry { public, cause: Some(Box::new(error)) }
}
