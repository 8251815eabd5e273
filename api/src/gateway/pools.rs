//! All pools, one for each port in use.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::config::Limits;
use super::directory::{Directory, Route};
use super::host::Preview;
use super::pool::Pool;

/// Pools by what they lead to. Read on every request, written when routes come and go.
pub(crate) struct Pools {
    limits: Arc<Limits>,
    by_preview: RwLock<HashMap<Preview, Arc<Pool>>>,
}

impl Pools {
    pub(crate) fn new(limits: Arc<Limits>) -> Self {
        Self { limits, by_preview: RwLock::default() }
    }

    /// The pool for a running route. None if the route has no address, or if it is older
    /// than what another request has seen: the caller looks it up again.
    pub(crate) fn get(&self, preview: Preview, route: &Route) -> Option<Arc<Pool>> {
        let pools = self.by_preview.read().unwrap_or_else(PoisonError::into_inner);
        match pools.get(&preview) {
            Some(pool) if pool.fits(route) => return Some(Arc::clone(pool)),
            _ => drop(pools),
        }
        let mut pools = self.by_preview.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&preview) {
            if pool.fits(route) {
                return Some(Arc::clone(pool));
            }
            if pool.generation() > route.generation {
                return None;
            }
            pool.kill();
            pools.remove(&preview);
        }
        let pool = Arc::new(Pool::new(preview, route, Arc::clone(&self.limits))?);
        pools.insert(preview, Arc::clone(&pool));
        Some(pool)
    }

    /// Kills the pools whose route changed or vanished.
    pub(crate) fn drop_stale(&self, directory: &dyn Directory) {
        self.remove_where(|pool| {
            let route = directory.lookup(pool.preview().sandbox.as_str());
            !route.is_some_and(|route| pool.fits(&route))
        });
    }

    /// Throws idle connections away that are too old, and pools that nobody uses.
    pub(crate) fn expire(&self) {
        self.remove_where(|pool| pool.expire() && Arc::strong_count(pool) == 1);
    }

    /// Closes everything.
    pub(crate) fn kill_all(&self) {
        self.remove_where(|_| true);
    }

    /// Looks under the read lock, so that requests go on; writes only if there is need, and
    /// then looks again.
    fn remove_where(&self, condemned: impl Fn(&Arc<Pool>) -> bool) {
        let pools = self.by_preview.read().unwrap_or_else(PoisonError::into_inner);
        // All of them, not up to the first: looking is also what throws old connections away.
        if pools.values().filter(|pool| condemned(pool)).count() == 0 {
            return;
        }
        drop(pools);
        let mut pools = self.by_preview.write().unwrap_or_else(PoisonError::into_inner);
        pools.retain(|_, pool| {
            let dies = condemned(pool);
            if dies {
                pool.kill();
            }
            !dies
        });
    }
}
