//! When tokens and sessions were last used: gathered in memory, written down now and then. A
//! process that is killed loses the uses of the last minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::store::tokens::{self, Use};
use sandboxd_shared::store::{Store, StoreError, sessions};

use super::Holder;

/// How often uses are written down.
pub(super) const FLUSH: Duration = Duration::from_mins(1);

/// Uses that aren't written down yet.
#[derive(Debug, Default)]
pub(super) struct Uses(Mutex<Gathered>);

#[derive(Debug, Default)]
struct Gathered {
    tokens: HashMap<String, Use>,
    sessions: HashMap<String, Timestamp>,
}

impl Uses {
    pub(super) fn of_token(&self, holder: &Holder, now: Timestamp) {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(used) = gathered.tokens.get_mut(&holder.name) {
            used.last_used_at = now;
            return;
        }
        let used = Use {
            token: holder.name.clone(),
            tenant: holder.tenant.clone(),
            label: holder.label.clone(),
            source: holder.source.as_str().to_owned(),
            last_used_at: now,
        };
        gathered.tokens.insert(holder.name.clone(), used);
    }

    pub(super) fn of_session(&self, hash: &str, now: Timestamp) {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.sessions.insert(hash.to_owned(), now);
    }

    /// Writes down what has gathered.
    pub(super) async fn flush(&self, store: &Store) {
        let gathered = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if gathered.tokens.is_empty() && gathered.sessions.is_empty() {
            return;
        }
        if let Err(error) = write(store, &gathered).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "uses of tokens could not be written down");
        }
    }
}

async fn write(store: &Store, gathered: &Gathered) -> Result<(), StoreError> {
    let mut tx = store.write_lightly().await?;
    for used in gathered.tokens.values() {
        tokens::note_use(&mut tx, used).await?;
    }
    for (hash, at) in &gathered.sessions {
        sessions::touch(&mut tx, hash, *at).await?;
    }
    tx.commit_quietly().await
}
