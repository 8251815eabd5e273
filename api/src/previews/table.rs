//! The table of routes and of links: all sandboxes and all preview tokens that open something, in
//! memory, read again when somebody has committed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sandboxd_shared::clock::{Clock, Timestamp};
use sandboxd_shared::domain::{Sandbox, SandboxStatus, Visibility};
use sandboxd_shared::feed::Changes;
use sandboxd_shared::ids::PreviewTokenId;
use sandboxd_shared::store::{Store, StoreError, preview_tokens, sandboxes};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use super::PreviewKey;
use crate::gateway::{Directory, Grant, NoGrant, Route, Status};

/// The shortest time between two readings: a burst of commits is read once.
const SETTLE: Duration = Duration::from_millis(5);
/// How soon a failed reading is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// For this long a genuine token that isn't in the table may be one that it doesn't have yet.
const NEWS_TRAVEL: Duration = Duration::from_secs(3);

/// The API makes so few for a sandbox that all of them are held.
type Tokens = HashSet<PreviewTokenId>;
type Routes = HashMap<String, Entry>;

#[derive(Debug, Clone)]
struct Entry {
    route: Arc<Route>,
    container_id: Option<String>,
}

/// The routes of all sandboxes, and the tokens that open private ones.
#[derive(Debug)]
pub struct Table {
    routes: RwLock<Arc<Routes>>,
    tokens: RwLock<Tokens>,
    key: PreviewKey,
    clock: Arc<dyn Clock>,
    version: watch::Sender<u64>,
}

impl Table {
    /// Reads the table and keeps it fresh until `shutdown`.
    ///
    /// # Errors
    /// [`StoreError`] if it can't be read at first.
    pub async fn follow(
        store: Store,
        mut changes: Changes,
        key: PreviewKey,
        shutdown: CancellationToken,
    ) -> Result<Arc<Self>, StoreError> {
        let table = Arc::new(Self {
            routes: RwLock::default(),
            tokens: RwLock::default(),
            key,
            clock: Arc::clone(store.clock()),
            version: watch::channel(0).0,
        });
        changes.mark_seen();
        table.read(&store).await?;
        let this = Arc::clone(&table);
        tokio::spawn(async move {
            let follow = async {
                loop {
                    changes.changed().await;
                    tokio::time::sleep(SETTLE).await;
                    changes.mark_seen();
                    while let Err(error) = this.read(&store).await {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "the table of routes could not be read"
                        );
                        tokio::time::sleep(RETRY).await;
                    }
                }
            };
            shutdown.run_until_cancelled(follow).await;
        });
        Ok(table)
    }

    async fn read(&self, store: &Store) -> Result<(), StoreError> {
        let mut conn = store.read().await?;
        let rows = sandboxes::all_with_names(&mut conn).await?;
        let live = preview_tokens::live(&mut conn, self.clock.now()).await?;
        drop(conn);
        let old = self.snapshot();
        let mut changed = old.len() != rows.len();
        let mut routes = Routes::with_capacity(rows.len());
        for (row, app_name) in rows {
            let key = row.id.lower();
            let entry = entry(&row, app_name, old.get(&key));
            changed |=
                !old.get(&key).is_some_and(|before| Arc::ptr_eq(&before.route, &entry.route));
            routes.insert(key, entry);
        }
        changed |= self.replace_tokens(live.into_iter().collect());
        if changed {
            *self.routes.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(routes);
            self.version.send_modify(|version| *version += 1);
        }
        Ok(())
    }

    /// Whether they are others than before.
    fn replace_tokens(&self, live: Tokens) -> bool {
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        let changed = *tokens != live;
        *tokens = live;
        changed
    }

    fn snapshot(&self) -> Arc<Routes> {
        Arc::clone(&self.routes.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Directory for Table {
    fn lookup(&self, sandbox: &str) -> Option<Arc<Route>> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        routes.get(sandbox).map(|entry| Arc::clone(&entry.route))
    }

    fn grant(&self, token: &str) -> Result<Grant, NoGrant> {
        let claims = self.key.verify(token).ok_or(NoGrant::Never)?;
        let now = self.clock.now();
        if claims.expires_at <= now {
            return Err(NoGrant::Never);
        }
        if !self.tokens.read().unwrap_or_else(PoisonError::into_inner).contains(&claims.id) {
            let made = Timestamp(Ulid::from(claims.id).timestamp_ms().try_into().unwrap_or(0));
            let is_new = now.millis_since(made) < NEWS_TRAVEL.as_millis() as i64;
            return Err(if is_new { NoGrant::NotYet } else { NoGrant::Never });
        }
        let left = claims.expires_at.millis_since(now).unsigned_abs();
        Ok(Grant {
            sandbox: claims.sandbox_id.lower(),
            port: claims.port,
            expires_in: Duration::from_millis(left),
        })
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }
}

/// The entry of a row: the one before if nothing has changed, so that what hangs on it stays; a
/// new generation of connections whenever another container may have the address.
fn entry(row: &Sandbox, app_name: String, before: Option<&Entry>) -> Entry {
    let status = status(row.status);
    let address = row.address.filter(|_| status == Status::Running);
    let same_container = before
        .is_some_and(|old| old.container_id == row.container_id && old.route.address == address);
    let public = row.visibility == Visibility::Public;
    if let Some(old) = before
        && same_container
        && old.route.status == status
        && old.route.public == public
        && old.route.app_name == app_name
        && old.route.ports == row.ports.as_slice()
    {
        return old.clone();
    }
    let (generation, since) = match before {
        Some(old) if same_container => (old.route.generation, old.route.since),
        Some(old) => (old.route.generation + 1, Instant::now()),
        None => (1, Instant::now()),
    };
    let route = Route {
        sandbox: row.id.lower(),
        status,
        address,
        generation,
        since,
        ports: row.ports.as_slice().to_vec(),
        public,
        app_name,
    };
    Entry { route: Arc::new(route), container_id: row.container_id.clone() }
}

const fn status(status: SandboxStatus) -> Status {
    match status {
        SandboxStatus::Creating => Status::Creating,
        SandboxStatus::Running => Status::Running,
        SandboxStatus::Stopping => Status::Stopping,
        SandboxStatus::Stopped => Status::Stopped,
        SandboxStatus::Starting => Status::Starting,
        SandboxStatus::Restoring => Status::Restoring,
        SandboxStatus::Deleting => Status::Deleting,
        SandboxStatus::Error => Status::Error,
    }
}
