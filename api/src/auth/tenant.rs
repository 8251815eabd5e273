//! The tenant of a request.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use sandboxd_shared::clock::Timestamp;

use crate::audit::Trail;
use crate::web::ApiError;

/// Who asks, and in which request. Every query names it as the owner.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    caller: Arc<Caller>,
    trail: Arc<Trail>,
}

/// Who asks.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) tenant: String,
    /// Who of the tenant: `token:<label>`, `session:<label>`, or `anybody` while auth is off.
    pub(crate) actor: String,
    pub(crate) via: Via,
}

/// How a caller was known.
#[derive(Debug)]
pub(crate) enum Via {
    /// Auth is off.
    Off,
    Token {
        /// BLAKE3 of it.
        token: blake3::Hash,
    },
    Session {
        /// BLAKE3 of the token that it was made with.
        token: blake3::Hash,
        /// BLAKE3 of its secret, in hex.
        hash: String,
        csrf: String,
        expires_at: Timestamp,
    },
}

impl Tenant {
    pub(crate) fn new(caller: Caller, trail: Trail) -> Self {
        Self { caller: Arc::new(caller), trail: Arc::new(trail) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.caller.tenant
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What the audit log will say of the request.
    pub(crate) fn trail(&self) -> &Trail {
        &self.trail
    }
}

impl<S: Sync> FromRequestParts<S> for Tenant {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // A route outside of the authenticated ones has no tenant to give.
        parts.extensions.get::<Self>().cloned().ok_or_else(ApiError::unauthorized)
    }
}
