//! How many requests of a tenant may last at once: those that workers serve (terminals, programs,
//! logs and files), and live streams. They may last for hours, so a rate doesn't bound them. Each
//! API process counts its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use http::request::Parts;
use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use serde_json::json;

use crate::auth::Tenant;
use crate::server::Api;
use crate::web::ApiError;

/// Requests of a tenant with the workers at once.
const WITH_WORKERS_MAX: usize = 64;
/// Live streams of a tenant at once, which may be many users' of one client of ours.
const STREAMS_MAX: usize = 500;
/// Seconds after which a client that was refused may come again.
const RETRY_AFTER_S: u64 = 5;

/// The turns that are taken, by tenant.
#[derive(Debug, Clone)]
pub(crate) struct Turns {
    taken: Arc<Mutex<HashMap<String, usize>>>,
    most: usize,
    /// Of what.
    what: &'static str,
}

/// One of them, until it is dropped: to be held for as long as the request lasts, what streams
/// after its answer's head included. As an argument of a handler it is one with the workers.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Turns,
    tenant: String,
}

impl Turns {
    /// Those with the workers.
    pub(crate) fn with_workers() -> Self {
        Self::new(WITH_WORKERS_MAX, "terminals, programs, logs and files")
    }

    /// Those of live streams.
    pub(crate) fn of_streams() -> Self {
        Self::new(STREAMS_MAX, "live streams")
    }

    fn new(most: usize, what: &'static str) -> Self {
        Self { taken: Arc::default(), most, what }
    }

    /// Takes one.
    ///
    /// # Errors
    /// 429 if the tenant has all it may have.
    pub(crate) fn take(&self, tenant: &Tenant) -> Result<Turn, ApiError> {
        self.take_for(tenant.as_str()).ok_or_else(|| self.refusal())
    }

    fn take_for(&self, tenant: &str) -> Option<Turn> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.get(tenant).copied().unwrap_or(0);
        if count >= self.most {
            return None;
        }
        taken.insert(tenant.to_owned(), count + 1);
        Some(Turn { turns: self.clone(), tenant: tenant.to_owned() })
    }

    fn refusal(&self) -> ApiError {
        let (most, what) = (self.most, self.what);
        let message = format!("{most} {what} may be open at once; close some and try again");
        let details = json!({ "limit": most, "retry_after_s": RETRY_AFTER_S });
        ErrorBody::new(ErrorCode::RateLimited, message).with_details(details).into()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.turns.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.tenant) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&self.tenant);
            }
        }
    }
}

impl FromRequestParts<Api> for Turn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let tenant = Tenant::from_request_parts(parts, api).await?;
        api.turns.take(&tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tenant_has_its_own_and_gets_them_back() {
        let turns = Turns::with_workers();
        let take = |tenant: &str| turns.take_for(tenant);
        let mut held: Vec<Turn> = (0..WITH_WORKERS_MAX).map(|_| take("alice").unwrap()).collect();
        assert!(take("alice").is_none());
        assert!(take("bob").is_some());
        held.pop();
        held.push(take("alice").unwrap());
        assert!(take("alice").is_none());
        drop(held);
        assert!(turns.taken.lock().unwrap().is_empty());
    }
}
