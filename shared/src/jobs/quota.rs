//! Whether a tenant may have one operation more, and what that adds to its use. Asked in the
//! transaction that accepts, after its rows are written: parallel requests take turns there, and
//! a refusal takes the rows back with the transaction.

use std::time::Duration;

use serde_json::json;
use sqlx::SqliteConnection;

use super::Refusal;
use crate::clock::Timestamp;
use crate::domain::{ErrorBody, ErrorCode, Operation, Quota};
use crate::store::{StoreError, quotas, usage};

/// What operations per minute are counted over.
const MINUTE: Duration = Duration::from_mins(1);
/// Seconds after which it may make sense to ask again for what a quota refused.
const RETRY_AFTER_S: i64 = 30;

/// What an operation takes of its tenant's quotas.
#[derive(Debug, Clone, Copy)]
pub(super) enum Demand {
    /// Nothing; it gives back. Such an operation is never refused: it is the way out.
    GivesBack,
    /// One operation more, and so many more of each of these.
    Takes(i64, &'static [Quota]),
    /// So many more of each of these, as a part of an operation that was counted when it was asked
    /// for.
    IsPart(i64, &'static [Quota]),
}

/// What a new sandbox takes.
pub(super) const NEW_SANDBOX: &[Quota] = &[Quota::Sandboxes, Quota::Running, Quota::DiskBytes];

/// Refuses an operation that its tenant has no quota for.
///
/// # Errors
/// 429 that names the quota.
pub(super) async fn check(
    conn: &mut SqliteConnection,
    operation: &Operation,
    demand: Demand,
) -> Result<(), Refusal> {
    let (count, takes, rate) = match demand {
        Demand::GivesBack => return Ok(()),
        Demand::Takes(count, takes) => (count, takes, Some(Quota::OperationsPerMinute)),
        Demand::IsPart(count, takes) => (count, takes, None),
    };
    let limits = quotas::of(conn, &operation.owner).await?;
    let now = operation.created_at;
    for quota in takes.iter().copied().chain(rate) {
        let Some(limit) = limits.get(quota) else { continue };
        let used = used(conn, &operation.owner, quota, now).await?;
        let (used, more) = match quota {
            // Its own row isn't there yet; how many bytes it will write nobody knows.
            Quota::OperationsPerMinute | Quota::DiskBytes => (used, 1),
            // Counted by their operations, of which this one isn't there yet either.
            Quota::Tasks => (used, count),
            _ => (used - count, count),
        };
        if used + more > limit {
            return Err(refuse(conn, &operation.owner, quota, limit, used, now).await?.into());
        }
    }
    Ok(())
}

/// Refuses what is going to be asked for later, as a part of an operation that is accepted now.
///
/// # Errors
/// 429 that names the quota.
pub(super) async fn check_ahead(
    conn: &mut SqliteConnection,
    owner: &str,
    count: i64,
    takes: &[Quota],
    now: Timestamp,
) -> Result<(), Refusal> {
    let limits = quotas::of(conn, owner).await?;
    for quota in takes.iter().copied() {
        let Some(limit) = limits.get(quota) else { continue };
        let used = used(conn, owner, quota, now).await?;
        let more = if quota == Quota::DiskBytes { 1 } else { count };
        if used + more > limit {
            return Err(refuse(conn, owner, quota, limit, used, now).await?.into());
        }
    }
    Ok(())
}

/// What a tenant uses of a quota; requests are counted where they arrive.
///
/// # Errors
/// [`StoreError::Database`]
pub async fn used(
    conn: &mut SqliteConnection,
    owner: &str,
    quota: Quota,
    now: Timestamp,
) -> Result<i64, StoreError> {
    match quota {
        Quota::Sandboxes => usage::sandboxes(conn, owner).await,
        Quota::Running => usage::running(conn, owner).await,
        Quota::Snapshots => usage::snapshots(conn, owner).await,
        Quota::DiskBytes => usage::disk_bytes(conn, owner).await,
        Quota::Tasks => usage::tasks(conn, owner).await,
        Quota::OperationsPerMinute => {
            Ok(usage::operations_since(conn, owner, now.minus(MINUTE)).await?.0)
        }
        Quota::RequestsPerMinute => Ok(0),
    }
}

async fn refuse(
    conn: &mut SqliteConnection,
    owner: &str,
    quota: Quota,
    limit: i64,
    used: i64,
    now: Timestamp,
) -> Result<ErrorBody, StoreError> {
    let mut code = ErrorCode::QuotaExceeded;
    let mut retry_after_s = RETRY_AFTER_S;
    let hint = match quota {
        Quota::Sandboxes => "delete a sandbox first",
        Quota::Running => "stop a sandbox first",
        Quota::Snapshots => "delete a snapshot first",
        Quota::DiskBytes => "delete snapshots or sandboxes first",
        Quota::Tasks => "wait until one has ended",
        Quota::OperationsPerMinute | Quota::RequestsPerMinute => {
            code = ErrorCode::RateLimited;
            let (_, oldest) = usage::operations_since(conn, owner, now.minus(MINUTE)).await?;
            let wait_ms = oldest.map_or(0, |oldest| oldest.plus(MINUTE).millis_since(now));
            retry_after_s = (wait_ms / 1000 + 1).min(60);
            "come again later"
        }
    };
    let message = format!("the quota {quota} of {limit} is used up; {hint}");
    Ok(ErrorBody::new(code, message).with_details(json!({
        "quota": quota, "limit": limit, "used": used, "retry_after_s": retry_after_s,
    })))
}
