//! Tokens and whom they stand for, kept as hashes only.

use std::sync::Arc;

use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::tenant;
use sandboxd_shared::store::tokens::Token;
use subtle::{ConditionallySelectable, ConstantTimeEq};

/// Longer ones are refused, in the settings and in requests.
pub(super) const TOKEN_MAX: usize = 512;

/// Why tokens are refused. Never shows one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidTokens {
    #[error("entry {0} isn't name=token")]
    NotAPair(usize),
    #[error("the name of entry {0} must have 1 to 64 characters of A-Z a-z 0-9 . _ -")]
    Name(usize),
    #[error("the token of entry {0} must have 1 to 512 visible ASCII characters")]
    Token(usize),
    #[error("the token of entry {0} is there twice, for different names")]
    Ambiguous(usize),
}

/// Where a token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Admin,
    Settings,
    File,
    Installation,
}

impl Source {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Settings => "settings",
            Self::File => "file",
            Self::Installation => "installation",
        }
    }
}

/// Whom a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(super) tenant: String,
    /// What people know it by; never a part of it.
    pub(super) label: String,
    /// The id of a token that an operator made, or a name made of source, tenant and place.
    pub(super) name: String,
    pub(super) source: Source,
    pub(super) hash: blake3::Hash,
    pub(super) expires_at: Option<Timestamp>,
}

impl Holder {
    /// Of a token that an operator made; none if its row can't be one.
    pub(super) fn of_row(row: &Token) -> Option<Self> {
        Some(Self {
            tenant: row.tenant.clone(),
            label: row.label.clone(),
            name: row.id.to_string(),
            source: Source::Admin,
            hash: blake3::Hash::from_hex(&row.hash).ok()?,
            expires_at: row.expires_at,
        })
    }

    /// Whom it stands for.
    pub(crate) fn tenant(&self) -> &str {
        &self.tenant
    }

    /// What people know it by.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }
}

/// Which token is whose.
#[derive(Debug, Default)]
pub(super) struct TokenTable(Vec<Arc<Holder>>);

impl TokenTable {
    /// A table of one.
    pub(super) fn single(source: Source, tenant: &str, token: &str) -> Self {
        let mut table = Self::default();
        table.push(source, tenant, blake3::hash(token.as_bytes()));
        table
    }

    /// A table of the tokens that operators made.
    pub(super) fn of_rows(rows: &[Token]) -> Self {
        Self(rows.iter().filter_map(Holder::of_row).map(Arc::new).collect())
    }

    /// Reads `name=token` entries; blank ones and those that begin with `#` are passed over.
    pub(super) fn parse<'a>(
        source: Source,
        entries: impl Iterator<Item = &'a str>,
    ) -> Result<Self, InvalidTokens> {
        let mut table = Self::default();
        for (index, entry) in entries.enumerate() {
            let (entry, number) = (entry.trim(), index + 1);
            if !entry.is_empty() && !entry.starts_with('#') {
                table.add(source, entry, number)?;
            }
        }
        Ok(table)
    }

    fn add(&mut self, source: Source, entry: &str, number: usize) -> Result<(), InvalidTokens> {
        let (name, token) = entry.split_once('=').ok_or(InvalidTokens::NotAPair(number))?;
        let (name, token) = (name.trim(), token.trim());
        if !tenant::is_name(name) {
            return Err(InvalidTokens::Name(number));
        }
        let visible = token.bytes().all(|b| b.is_ascii_graphic());
        if token.is_empty() || token.len() > TOKEN_MAX || !visible {
            return Err(InvalidTokens::Token(number));
        }
        let hash = blake3::hash(token.as_bytes());
        match self.0.iter().find(|known| known.hash == hash) {
            Some(known) if known.tenant != name => Err(InvalidTokens::Ambiguous(number)),
            Some(_) => Ok(()),
            None => {
                self.push(source, name, hash);
                Ok(())
            }
        }
    }

    fn push(&mut self, source: Source, tenant: &str, hash: blake3::Hash) {
        let place = 1 + self.0.iter().filter(|known| known.tenant == tenant).count();
        let label = match source {
            Source::Installation => source.as_str().to_owned(),
            _ => format!("{}-{place}", source.as_str()),
        };
        self.0.push(Arc::new(Holder {
            tenant: tenant.to_owned(),
            name: format!("{}:{tenant}:{place}", source.as_str()),
            label,
            source,
            hash,
            expires_at: None,
        }));
    }

    /// Adds another table's entries; a token that stands for two names is refused.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), InvalidTokens> {
        for (index, holder) in other.0.into_iter().enumerate() {
            match self.0.iter().find(|known| known.hash == holder.hash) {
                Some(known) if known.tenant != holder.tenant => {
                    return Err(InvalidTokens::Ambiguous(index + 1));
                }
                Some(_) => {}
                None => self.0.push(holder),
            }
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whom a token with this hash stands for. Looks at every entry, whichever matches.
    pub(super) fn find(&self, hash: &blake3::Hash) -> Option<Arc<Holder>> {
        let mut found = u64::MAX;
        for (index, known) in self.0.iter().enumerate() {
            let same = known.hash.as_bytes().ct_eq(hash.as_bytes());
            found.conditional_assign(&(index as u64), same);
        }
        let index = usize::try_from(found).ok()?;
        self.0.get(index).map(Arc::clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<TokenTable, InvalidTokens> {
        TokenTable::parse(Source::Settings, text.split(','))
    }

    fn tenant(table: &TokenTable, token: &str) -> Option<String> {
        table.find(&blake3::hash(token.as_bytes())).map(|holder| holder.tenant.clone())
    }

    #[test]
    fn a_token_stands_for_its_tenant() {
        let table = parse("alice=secret1, bob=s=2,,alice=other").unwrap();
        assert_eq!(tenant(&table, "secret1").as_deref(), Some("alice"));
        assert_eq!(tenant(&table, "other").as_deref(), Some("alice"));
        assert_eq!(tenant(&table, "s=2").as_deref(), Some("bob"));
        for unknown in ["", "secret", "secret11", "alice", "alice=secret1"] {
            assert_eq!(tenant(&table, unknown), None, "{unknown}");
        }
        let second = table.find(&blake3::hash(b"other")).unwrap();
        assert_eq!((&*second.label, &*second.name), ("settings-2", "settings:alice:2"));
    }

    #[test]
    fn what_is_no_token_list_is_refused_without_showing_it() {
        for (text, wrong) in [
            ("alice", InvalidTokens::NotAPair(1)),
            ("a=1,(system)=2", InvalidTokens::Name(2)),
            ("=x", InvalidTokens::Name(1)),
            ("a=", InvalidTokens::Token(1)),
            ("a=b c", InvalidTokens::Token(1)),
            ("a=1,b=1", InvalidTokens::Ambiguous(2)),
        ] {
            assert_eq!(parse(text).unwrap_err(), wrong, "{text}");
        }
    }

    #[test]
    fn two_sources_may_not_disagree() {
        let single = |name, token| TokenTable::single(Source::File, name, token);
        let mut table = single("a", "1");
        assert!(table.merge(single("a", "1")).is_ok());
        assert!(table.merge(single("b", "2")).is_ok());
        assert!(table.merge(single("b", "1")).is_err());
        assert_eq!(tenant(&table, "1").as_deref(), Some("a"));
        assert_eq!(tenant(&table, "2").as_deref(), Some("b"));
    }
}
