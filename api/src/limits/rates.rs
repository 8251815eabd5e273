//! Requests of each tenant, as buckets that hold a minute's worth and fill up steadily. Each API
//! process has its own.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use sandboxd_shared::store::quotas::OfAll;

use super::Standing;

const MINUTE: Duration = Duration::from_mins(1);

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// How often tenants ask.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    limits: RwLock<Arc<OfAll>>,
    /// One for each tenant that has asked: tenants are the operator's, so there are few.
    buckets: Mutex<HashMap<String, (NonZeroU32, Arc<Limiter>)>>,
    clock: DefaultClock,
}

/// Whether a request may go on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The tenant has no limit.
    Unlimited,
    Within(Standing),
    Beyond(Standing),
}

impl Rates {
    /// Takes the limits as the database has them.
    pub(crate) fn set_limits(&self, limits: OfAll) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(limits);
    }

    /// Counts a request of a tenant.
    pub(super) fn take(&self, tenant: &str) -> Verdict {
        let limits = Arc::clone(&self.limits.read().unwrap_or_else(PoisonError::into_inner));
        let Some(limit) = limits.get(tenant) else { return Verdict::Unlimited };
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let Some(limit) = NonZeroU32::new(limit) else { return Verdict::Unlimited };
        match self.bucket(tenant, limit).check() {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                Verdict::Within(standing(limit, remaining))
            }
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                let reset_s = wait.as_secs() + 1;
                Verdict::Beyond(Standing { limit: limit.get(), remaining: 0, reset_s })
            }
        }
    }

    fn bucket(&self, tenant: &str, limit: NonZeroU32) -> Arc<Limiter> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, bucket)) = buckets.get(tenant)
            && *known == limit
        {
            return Arc::clone(bucket);
        }
        let bucket = RateLimiter::direct(Quota::per_minute(limit)).with_middleware();
        let bucket = Arc::new(bucket);
        buckets.insert(tenant.to_owned(), (limit, Arc::clone(&bucket)));
        bucket
    }
}

fn standing(limit: NonZeroU32, remaining: u32) -> Standing {
    let missing = u64::from(limit.get().saturating_sub(remaining));
    let reset_s = (missing * MINUTE.as_secs()).div_ceil(u64::from(limit.get()));
    Standing { limit: limit.get(), remaining, reset_s }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_bucket_resets_at_once_and_an_empty_one_in_a_minute() {
        let limit = NonZeroU32::new(120).unwrap();
        assert_eq!(standing(limit, 120).reset_s, 0);
        assert_eq!(standing(limit, 119).reset_s, 1);
        assert_eq!(standing(limit, 60).reset_s, 30);
        assert_eq!(standing(limit, 0).reset_s, 60);
    }

    #[test]
    fn without_limits_nobody_is_counted() {
        assert_eq!(Rates::default().take("alice"), Verdict::Unlimited);
    }
}
