//! Sessions: a browser signs in with a token once, and then has a cookie that scripts can't read.

use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, Method};
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::store::sessions::{self, Session};
use sandboxd_shared::store::{Connection, StoreError};
use subtle::ConstantTimeEq;

use super::{Caller, Holder, Via, cookie, own_page, secret};
use crate::server::Api;
use crate::web::ApiError;

/// A session ends when it hasn't been used for this long,
const IDLE: Duration = Duration::from_hours(12);
/// and this long after it was made in any case.
const LIFETIME: Duration = Duration::from_hours(7 * 24);
/// Sessions of one token; the oldest end.
const PER_TOKEN: i64 = 100;
const CSRF: &str = "x-csrf-token";

/// A session that was made just now.
#[derive(Debug)]
pub(crate) struct Opened {
    secret: String,
    pub(crate) csrf: String,
    pub(crate) expires_at: Timestamp,
}

impl Opened {
    /// Gives the browser that asked its cookie.
    pub(crate) fn set_cookie(&self, asked: &HeaderMap, answer: &mut HeaderMap) {
        cookie::set(answer, &self.secret, LIFETIME.as_secs(), own_page::is_https(asked));
    }
}

/// Whether a sign-in may be from a page of ours, or from no page at all.
pub(crate) fn may_sign_in(headers: &HeaderMap) -> bool {
    own_page::is_own(headers)
}

/// Makes a session for a token's holder, and forgets those that have ended.
pub(crate) async fn open(
    conn: &mut Connection,
    holder: &Holder,
    now: Timestamp,
) -> Result<Opened, StoreError> {
    let secret = secret::random_hex().map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let session = Session {
        hash: hash(&secret),
        tenant: holder.tenant.clone(),
        token_hash: holder.hash.to_hex().to_string(),
        created_at: now,
        seen_at: now,
    };
    sessions::prune(conn, now.minus(IDLE), now.minus(LIFETIME)).await?;
    sessions::insert(conn, &session, PER_TOKEN).await?;
    Ok(Opened { csrf: csrf(&secret), expires_at: end(&session), secret })
}

/// Takes the cookie away.
pub(crate) fn clear_cookie(answer: &mut HeaderMap) {
    cookie::clear(answer);
}

/// Who asks by a session. Its token must still be in force.
///
/// # Errors
/// 401 that says what is wrong.
pub(super) async fn resume(api: &Api, parts: &Parts) -> Result<Caller, ApiError> {
    let secret = cookie::read(&parts.headers).ok_or_else(ApiError::unauthorized)?;
    if !own_page::is_own(&parts.headers) {
        return Err(ApiError::not_let_in("another site's page may not use the session"));
    }
    let ended = || ApiError::not_let_in("the session has ended; sign in again");
    let (hash, now) = (hash(secret), api.store.clock().now());
    let found = sessions::find(&mut *api.store.read().await?, &hash).await?;
    let session = found.filter(|session| end(session) > now).ok_or_else(ended)?;
    let token = blake3::Hash::from_hex(&session.token_hash).map_err(|_| ended())?;
    let holder = api.auth.find(&api.store, &token, now).await?;
    let holder = holder.filter(|holder| holder.tenant == session.tenant).ok_or_else(ended)?;
    let csrf = csrf(secret);
    if !is_read(&parts.method) && !shows(&parts.headers, &csrf) {
        let hint = "a write by session must repeat the session's csrf_token as X-CSRF-Token";
        return Err(ApiError::not_let_in(hint));
    }
    api.auth.used(&holder, &hash, now);
    let expires_at = end(&Session { seen_at: now, ..session });
    Ok(Caller {
        tenant: holder.tenant.clone(),
        actor: format!("session:{}", holder.label),
        via: Via::Session { token, hash, csrf, expires_at },
    })
}

/// When it ends unless it is used.
pub(super) fn end(session: &Session) -> Timestamp {
    session.seen_at.plus(IDLE).min(session.created_at.plus(LIFETIME))
}

fn hash(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_hex().to_string()
}

/// Follows from the secret, and the secret doesn't follow from it.
fn csrf(secret: &str) -> String {
    let key = blake3::derive_key("sandboxd 2026 session csrf", secret.as_bytes());
    blake3::Hash::from_bytes(key).to_hex().to_string()
}

fn shows(headers: &HeaderMap, csrf: &str) -> bool {
    let given = headers.get(CSRF).map_or(&b""[..], |value| value.as_bytes());
    given.ct_eq(csrf.as_bytes()).into()
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
