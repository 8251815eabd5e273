//! The lease that keeps the sweeper from layers while a backup is taken.

use std::time::Duration;

use anyhow::bail;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::store::{Store, StoreError, leases};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use ulid::Ulid;

/// How long the lease lasts without a renewal: so long are layers kept after a backup has died.
const LEASE: Duration = Duration::from_mins(1);
/// How often it is renewed.
const TICK: Duration = Duration::from_secs(15);

/// The lease, renewed until it is given back.
#[derive(Debug)]
pub(super) struct Hold {
    store: Store,
    owner: String,
    lost: watch::Receiver<bool>,
    renewing: JoinHandle<()>,
}

impl Hold {
    /// Takes it.
    ///
    /// # Errors
    /// If another backup has it.
    pub(super) async fn take(store: &Store) -> anyhow::Result<Self> {
        let owner = format!("backup-{}", Ulid::generate().to_string().to_ascii_lowercase());
        let Some(until) = hold(store, &owner).await? else {
            bail!("another backup of this installation is being taken, or died within a minute");
        };
        let (tell, lost) = watch::channel(false);
        let renewing = tokio::spawn(renew(store.clone(), owner.clone(), until, tell));
        Ok(Self { store: store.clone(), owner, lost, renewing })
    }

    /// Does `work`, and gives up as soon as the lease is lost.
    ///
    /// # Errors
    /// Those of `work`; that it was lost.
    pub(super) async fn during<T>(
        &self,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let mut lost = self.lost.clone();
        tokio::select! {
            done = work => done,
            _ = lost.wait_for(|lost| *lost) => {
                bail!("the lease on layers was lost: some may have been removed meanwhile")
            }
        }
    }

    pub(super) async fn give_back(self) -> Result<(), StoreError> {
        self.renewing.abort();
        let mut tx = self.store.write_lightly().await?;
        leases::give_back(&mut tx, leases::BACKUP, &self.owner).await?;
        tx.commit().await
    }
}

/// Takes or renews it and says until when it lasts; none if somebody else has it.
async fn hold(store: &Store, owner: &str) -> Result<Option<Timestamp>, StoreError> {
    let mut tx = store.write().await?;
    let now = store.clock().now();
    let until = now.plus(LEASE);
    let held = leases::hold(&mut tx, leases::BACKUP, owner, now, until).await?;
    tx.commit_quietly().await?;
    Ok(held.then_some(until))
}

/// Renews it until somebody else has it, or could have had it for a moment.
async fn renew(store: Store, owner: String, mut until: Timestamp, lost: watch::Sender<bool>) {
    loop {
        tokio::time::sleep(TICK).await;
        let renewed = hold(&store, &owner).await;
        match renewed {
            // It began anew when it had run out.
            Ok(Some(next)) if next.minus(LEASE) <= until => until = next,
            Err(error) if store.clock().now() <= until => {
                tracing::warn!(error = &error as &dyn std::error::Error, "renewing a lease failed");
            }
            _ => break,
        }
    }
    lost.send_replace(true);
}
