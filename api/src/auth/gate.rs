//! The tokens in force.

use std::sync::{Arc, PoisonError, RwLock};

use super::options::AuthOptions;
use super::token_table::TokenTable;

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
    table: Option<RwLock<Arc<TokenTable>>>,
    options: AuthOptions,
    found: Found,
}

impl Auth {
    /// Everybody who can connect is the tenant `default`.
    pub(super) fn off(options: AuthOptions) -> Self {
        Self { table: None, options, found: Found::Off }
    }

    pub(super) fn on(table: TokenTable, options: AuthOptions, found: Found) -> Self {
        Self { table: Some(RwLock::new(Arc::new(table))), options, found }
    }

    /// Where the tokens came from.
    #[must_use]
    pub fn found(&self) -> &Found {
        &self.found
    }

    /// Whether requests need no credentials.
    pub(super) fn is_off(&self) -> bool {
        self.table.is_none()
    }

    /// Whether requests may come from anywhere, other sites' pages included.
    pub(super) fn allows_insecure(&self) -> bool {
        self.options.allow_insecure
    }

    /// The tenant of a token.
    pub(super) fn tenant_of(&self, token: &str) -> Option<String> {
        let table = self.table.as_ref()?;
        let table = Arc::clone(&table.read().unwrap_or_else(PoisonError::into_inner));
        table.tenant(token).map(str::to_owned)
    }

    /// Reads configured tokens again. What can't be read, or would lock everybody out, changes
    /// nothing.
    pub fn reload(&self) {
        let (Some(table), Found::Configured) = (&self.table, &self.found) else { return };
        match self.options.configured() {
            Ok(fresh) if !fresh.is_empty() => {
                *table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
                tracing::info!("the tokens were read again");
            }
            Ok(_) => tracing::error!("there is no token any more; the old ones stay in force"),
            Err(error) => tracing::error!(%error, "the old tokens stay in force"),
        }
    }
}
