//! Pages of lists: newest first, with a cursor only when there is more.

use std::fmt::Display;

use sandboxd_shared::store::Page;

use super::ApiError;

pub(crate) const LIMIT_DEFAULT: i64 = 50;
pub(crate) const LIMIT_MAX: i64 = 200;
/// A page of what may be long ends before its limit once it has more bytes than this.
pub(crate) const PAGE_BYTES: usize = 4 << 20;

/// A page that was asked for.
#[derive(Debug)]
pub(crate) struct Paged {
    limit: i64,
    before: Option<String>,
}

/// Checks the parameters of a page.
pub(crate) fn page(limit: Option<i64>, before: Option<impl Display>) -> Result<Paged, ApiError> {
    let limit = limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(ApiError::field("limit", format!("must be 1 to {LIMIT_MAX}")));
    }
    Ok(Paged { limit, before: before.map(|id| id.to_string()) })
}

impl Paged {
    /// The page to read: one row more, which tells whether there are more.
    pub(crate) fn to_read(&self) -> Page {
        Page { limit: self.limit + 1, before: self.before.clone() }
    }

    /// The page to read from what tells itself whether there are more.
    pub(crate) fn exactly(&self) -> Page {
        Page { limit: self.limit, before: self.before.clone() }
    }

    /// The rows to show, and the cursor of the next page if there is one.
    pub(crate) fn cut<T, I>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> I) -> (Vec<T>, Option<I>) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(id) } else { None };
        (rows, next)
    }
}
