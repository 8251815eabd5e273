//! How many requests a tenant has with the workers at once: terminals, programs, logs and files.
//! They may last for hours, so a rate doesn't bound them. Each API process counts its own.

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
const TURNS_MAX: usize = 64;
/// Seconds after which a client that was refused may come again.
const RETRY_AFTER_S: u64 = 5;

/// The turns that are taken, by tenant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<String, usize>>>);

/// One of them, until it is dropped: to be held for as long as the request lasts, what streams
/// after its answer's head included. As an argument of a handler it takes one, or refuses.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Turns,
    tenant: String,
}

impl Turns {
    /// None if the tenant has all it may have.
    fn take(&self, tenant: &str) -> Option<Turn> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.get(tenant).copied().unwrap_or(0);
        if count >= TURNS_MAX {
            return None;
        }
        taken.insert(tenant.to_owned(), count + 1);
        Some(Turn { turns: self.clone(), tenant: tenant.to_owned() })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        api.turns.take(tenant.as_str()).ok_or_else(refusal)
    }
}

fn refusal() -> ApiError {
    let message = format!(
        "{TURNS_MAX} terminals, programs, logs and files may be open at once; close some and try \
         again"
    );
    let details = json!({ "limit": TURNS_MAX, "retry_after_s": RETRY_AFTER_S });
    ErrorBody::new(ErrorCode::RateLimited, message).with_details(details).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tenant_has_its_own_and_gets_them_back() {
        let turns = Turns::default();
        let mut held: Vec<Turn> = (0..TURNS_MAX).map(|_| turns.take("alice").unwrap()).collect();
        assert!(turns.take("alice").is_none());
        assert!(turns.take("bob").is_some());
        held.pop();
        held.push(turns.take("alice").unwrap());
        assert!(turns.take("alice").is_none());
        drop(held);
        assert!(turns.0.lock().unwrap().is_empty());
    }
}
