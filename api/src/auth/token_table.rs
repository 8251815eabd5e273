//! Tokens and the tenants they stand for, kept as hashes only.

use subtle::{ConditionallySelectable, ConstantTimeEq};

const NAME_MAX: usize = 64;
/// Longer ones are refused, in the settings and in requests.
const TOKEN_MAX: usize = 512;

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

/// Which token is whose.
#[derive(Debug, Default)]
pub(super) struct TokenTable(Vec<(String, blake3::Hash)>);

impl TokenTable {
    /// A table of one.
    pub(super) fn single(name: &str, token: &str) -> Self {
        Self(vec![(name.to_owned(), blake3::hash(token.as_bytes()))])
    }

    /// Reads `name=token` entries; blank ones and those that begin with `#` are passed over.
    pub(super) fn parse<'a>(entries: impl Iterator<Item = &'a str>) -> Result<Self, InvalidTokens> {
        let mut table = Self::default();
        for (index, entry) in entries.enumerate() {
            let (entry, number) = (entry.trim(), index + 1);
            if !entry.is_empty() && !entry.starts_with('#') {
                table.add(entry, number)?;
            }
        }
        Ok(table)
    }

    fn add(&mut self, entry: &str, number: usize) -> Result<(), InvalidTokens> {
        let (name, token) = entry.split_once('=').ok_or(InvalidTokens::NotAPair(number))?;
        let (name, token) = (name.trim(), token.trim());
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(plain) {
            return Err(InvalidTokens::Name(number));
        }
        let visible = token.bytes().all(|b| b.is_ascii_graphic());
        if token.is_empty() || token.len() > TOKEN_MAX || !visible {
            return Err(InvalidTokens::Token(number));
        }
        let hash = blake3::hash(token.as_bytes());
        match self.0.iter().find(|(_, known)| *known == hash) {
            Some((known, _)) if known != name => Err(InvalidTokens::Ambiguous(number)),
            Some(_) => Ok(()),
            None => {
                self.0.push((name.to_owned(), hash));
                Ok(())
            }
        }
    }

    /// Adds another table's entries; a token that stands for two names is refused.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), InvalidTokens> {
        for (index, (name, hash)) in other.0.into_iter().enumerate() {
            match self.0.iter().find(|(_, known)| *known == hash) {
                Some((known, _)) if *known != name => {
                    return Err(InvalidTokens::Ambiguous(index + 1));
                }
                Some(_) => {}
                None => self.0.push((name, hash)),
            }
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tenant of a token. Looks at every entry, whichever matches.
    pub(super) fn tenant(&self, token: &str) -> Option<&str> {
        if token.len() > TOKEN_MAX {
            return None;
        }
        let hash = blake3::hash(token.as_bytes());
        let mut found = u64::MAX;
        for (index, (_, known)) in self.0.iter().enumerate() {
            let same = known.as_bytes().ct_eq(hash.as_bytes());
            found.conditional_assign(&(index as u64), same);
        }
        let index = usize::try_from(found).ok()?;
        self.0.get(index).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_for_its_tenant() {
        let table = TokenTable::parse("alice=secret1, bob=s=2,,alice=other".split(',')).unwrap();
        assert_eq!(table.tenant("secret1"), Some("alice"));
        assert_eq!(table.tenant("other"), Some("alice"));
        assert_eq!(table.tenant("s=2"), Some("bob"));
        for unknown in ["", "secret", "secret11", "alice", "alice=secret1"] {
            assert_eq!(table.tenant(unknown), None, "{unknown}");
        }
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
            assert_eq!(TokenTable::parse(text.split(',')).unwrap_err(), wrong, "{text}");
        }
    }

    #[test]
    fn two_sources_may_not_disagree() {
        let mut table = TokenTable::single("a", "1");
        assert!(table.merge(TokenTable::single("a", "1")).is_ok());
        assert!(table.merge(TokenTable::single("b", "2")).is_ok());
        assert!(table.merge(TokenTable::single("b", "1")).is_err());
        assert_eq!((table.tenant("1"), table.tenant("2")), (Some("a"), Some("b")));
    }
}
