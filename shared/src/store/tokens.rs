//! Tokens that an operator made, and when any token was last used.

use sqlx::{FromRow, SqliteConnection};

use super::StoreError;
use crate::clock::Timestamp;
use crate::ids::TokenId;

/// Tokens read at a time; an installation that has more reads the newest into memory and looks the
/// others up one by one.
pub const LIVE_MAX: i64 = 10_000;

/// A token, without the token.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whom it stands for.
    pub tenant: String,
    /// What it is for, in an operator's words.
    pub label: String,
    /// BLAKE3 of the token, in hex.
    pub hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Token {
    /// Whether it opens anything at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }
}

/// Adds a token.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn insert(conn: &mut SqliteConnection, token: &Token) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO api_tokens (id, tenant, label, hash, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(token.id)
    .bind(&token.tenant)
    .bind(&token.label)
    .bind(&token.hash)
    .bind(token.created_at)
    .bind(token.expires_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// All that open something at `now`.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn live(conn: &mut SqliteConnection, now: Timestamp) -> Result<Vec<Token>, StoreError> {
    Ok(sqlx::query_as(select!(
        api_tokens,
        "WHERE revoked_at IS NULL \
         AND (expires_at IS NULL OR expires_at > $1) ORDER BY id DESC LIMIT $2"
    ))
    .bind(now)
    .bind(LIVE_MAX)
    .fetch_all(conn)
    .await?)
}

/// How many there are and how many are revoked: tokens have changed when this has.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn counts(conn: &mut SqliteConnection) -> Result<(i64, i64), StoreError> {
    let sql = "SELECT count(*), count(revoked_at) FROM api_tokens";
    Ok(sqlx::query_as(sql).fetch_one(conn).await?)
}

/// The token with a hash, live or not.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn by_hash(conn: &mut SqliteConnection, hash: &str) -> Result<Option<Token>, StoreError> {
    Ok(sqlx::query_as(select!(api_tokens, "WHERE hash = $1"))
        .bind(hash)
        .fetch_optional(conn)
        .await?)
}

/// Ends a token. Gives it as it was; none if there is no such token.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn revoke(
    conn: &mut SqliteConnection,
    id: TokenId,
    now: Timestamp,
) -> Result<Option<Token>, StoreError> {
    let found: Option<Token> = sqlx::query_as(select!(api_tokens, "WHERE id = $1"))
        .bind(id)
        .fetch_optional(&mut *conn)
        .await?;
    sqlx::query("UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(found)
}

/// A use of a token.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Use {
    /// The id of a token, or the name of one of the settings.
    pub token: String,
    /// Whom it stands for.
    pub tenant: String,
    /// What it is for.
    pub label: String,
    /// Where it comes from: `admin`, `settings`, `file` or `installation`.
    pub source: String,
    /// When it was used last.
    pub last_used_at: Timestamp,
}

/// Notes a use.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn note_use(conn: &mut SqliteConnection, used: &Use) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO token_uses (token, tenant, label, source, last_used_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (token) DO UPDATE SET tenant = excluded.tenant, \
         label = excluded.label, last_used_at = max(last_used_at, excluded.last_used_at)",
    )
    .bind(&used.token)
    .bind(&used.tenant)
    .bind(&used.label)
    .bind(&used.source)
    .bind(used.last_used_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A token as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Listed {
    /// Its id, or its name if it comes from the settings.
    pub token: String,
    /// Whom it stands for.
    pub tenant: String,
    /// What it is for.
    pub label: String,
    /// Where it comes from.
    pub source: String,
    /// When it was made; none for one of the settings.
    pub created_at: Option<Timestamp>,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// All tokens that an operator made, newest first, then those of the settings that were ever used.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn list(
    conn: &mut SqliteConnection,
    tenant: Option<&str>,
) -> Result<Vec<Listed>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT t.id AS token, t.tenant, t.label, 'admin' AS source, t.created_at, \
             u.last_used_at, t.expires_at, t.revoked_at, 0 AS rank \
         FROM api_tokens t LEFT JOIN token_uses u ON u.token = t.id \
         WHERE $1 IS NULL OR t.tenant = $1 \
         UNION ALL \
         SELECT token, tenant, label, source, NULL, last_used_at, NULL, NULL, 1 FROM token_uses \
         WHERE source <> 'admin' AND ($1 IS NULL OR tenant = $1) \
         ORDER BY rank, token DESC",
    )
    .bind(tenant)
    .fetch_all(conn)
    .await?)
}
