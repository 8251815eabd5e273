//! The tokens in force.

use std::sync::{Arc, PoisonError, RwLock};

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::store::tokens::{self, Token};
use sandboxd_shared::store::{Store, StoreError};
use tokio::sync::watch;

use super::attempts::Attempts;
use super::options::AuthOptions;
use super::token_table::{Holder, TokenTable};
use super::uses::{self, Uses};
use super::{Peer, token_table};
use crate::proxies::TrustedProxies;
use crate::web::ApiError;

/// Where the tokens in force came from at start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// There are none: auth is off.
    Off,
    /// From the settings.
    Configured,
    /// From the data directory.
    Kept,
    /// Made just now; to be shown once.
    Made(String),
}

/// Who may call.
#[derive(Debug)]
pub struct Auth {
    /// None while auth is off.
    configured: Option<RwLock<Arc<TokenTable>>>,
    /// Those that operators made, as the database had them last.
    made: RwLock<Arc<TokenTable>>,
    options: AuthOptions,
    found: Found,
    attempts: Attempts,
    uses: Uses,
    /// Grows when somebody may not call any more who could.
    version: watch::Sender<u64>,
}

impl Auth {
    /// Everybody who can connect is the tenant `default`.
    pub(super) fn off(options: AuthOptions) -> Self {
        Self::with(None, options, Found::Off)
    }

    pub(super) fn on(table: TokenTable, options: AuthOptions, found: Found) -> Self {
        Self::with(Some(RwLock::new(Arc::new(table))), options, found)
    }

    fn with(
        configured: Option<RwLock<Arc<TokenTable>>>,
        options: AuthOptions,
        found: Found,
    ) -> Self {
        let attempts = Attempts::new(options.auth_failures_per_minute);
        let (made, uses) = (RwLock::default(), Uses::default());
        let version = watch::Sender::new(0);
        Self { configured, made, options, found, attempts, uses, version }
    }

    /// Where the tokens came from.
    #[must_use]
    pub fn found(&self) -> &Found {
        &self.found
    }

    /// Whether requests need no credentials.
    pub(crate) fn is_off(&self) -> bool {
        self.configured.is_none()
    }

    /// Whether requests may come from anywhere, other sites' pages included.
    pub(super) fn allows_insecure(&self) -> bool {
        self.options.allow_insecure
    }

    /// Whose word on clients is taken.
    pub(crate) fn trusted_proxies(&self) -> &TrustedProxies {
        &self.options.trusted_proxies
    }

    /// Whom a token stands for.
    ///
    /// # Errors
    /// 401, or 429 where too many were wrong.
    pub(crate) async fn holder(
        &self,
        store: &Store,
        peer: Option<Peer>,
        token: &str,
    ) -> Result<Arc<Holder>, ApiError> {
        let now = store.clock().now();
        if token.is_empty() || token.len() > token_table::TOKEN_MAX {
            return Err(ApiError::unauthorized());
        }
        let hash = blake3::hash(token.as_bytes());
        if let Some(peer) = peer {
            self.attempts.check(peer, &hash, now).map_err(ApiError::too_many_attempts)?;
        }
        let Some(holder) = self.find(store, &hash, now).await? else {
            if let Some(peer) = peer {
                self.attempts.wrong(peer, now);
            }
            return Err(ApiError::unauthorized());
        };
        if let Some(peer) = peer {
            self.attempts.right(peer, &hash);
        }
        self.uses.of_token(&holder, now);
        Ok(holder)
    }

    /// Whom the token with a hash stands for now. One that was made a moment ago is in the
    /// database before it is known here.
    pub(super) async fn find(
        &self,
        store: &Store,
        hash: &blake3::Hash,
        now: Timestamp,
    ) -> Result<Option<Arc<Holder>>, StoreError> {
        let Some(configured) = &self.configured else { return Ok(None) };
        for table in [configured, &self.made] {
            let table = Arc::clone(&table.read().unwrap_or_else(PoisonError::into_inner));
            if let Some(holder) = table.find(hash) {
                return Ok(Some(holder).filter(|holder| holder.is_live(now)));
            }
        }
        let found = tokens::by_hash(&mut *store.read().await?, &hash.to_hex()).await?;
        let live = found.filter(|token| token.is_live(now));
        Ok(live.as_ref().and_then(Holder::of_row).map(Arc::new))
    }

    /// Notes that a session is used, and with it the token that it was made with.
    pub(super) fn used(&self, holder: &Holder, session: &str, now: Timestamp) {
        self.uses.of_token(holder, now);
        self.uses.of_session(session, now);
    }

    /// Takes the tokens that operators made as the database has them.
    pub(crate) fn set_made(&self, rows: &[Token]) {
        let table = Arc::new(TokenTable::of_rows(rows));
        *self.made.write().unwrap_or_else(PoisonError::into_inner) = table;
        self.tell_of_change();
    }

    /// Lets what hangs on credentials look at them again.
    pub(crate) fn tell_of_change(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    /// Moves when credentials may have ended.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Writes down when tokens were used, now and then; never ends.
    pub(crate) async fn write_uses(&self, store: &Store) {
        loop {
            tokio::time::sleep(uses::FLUSH).await;
            self.flush_uses(store).await;
        }
    }

    /// Writes down when tokens were used.
    pub(crate) async fn flush_uses(&self, store: &Store) {
        self.uses.flush(store).await;
    }

    /// Reads configured tokens again. What can't be read, or would lock everybody out, changes
    /// nothing.
    pub fn reload(&self) {
        let (Some(table), Found::Configured) = (&self.configured, &self.found) else { return };
        match self.options.configured() {
            Ok(fresh) if !fresh.is_empty() => {
                *table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
                self.tell_of_change();
                tracing::info!("the tokens were read again");
            }
            Ok(_) => tracing::error!("there is no token any more; the old ones stay in force"),
            Err(error) => tracing::error!(%error, "the old tokens stay in force"),
        }
    }

    #[cfg(test)]
    pub(super) fn tenant_of(&self, token: &str) -> Option<String> {
        let table = self.configured.as_ref()?.read().unwrap();
        table.find(&blake3::hash(token.as_bytes())).map(|holder| holder.tenant.clone())
    }
}
