//! What a workspace may hold: the values of its marker file that are right after all that was
//! asked and answered.

use std::collections::BTreeSet;

/// The marker before anything was written.
pub(crate) const NOTHING: &str = "-";

/// The values that a marker may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Legal {
    now: BTreeSet<String>,
    /// Writes whose answer never came: whoever has them may still do them.
    late: BTreeSet<String>,
}

impl Legal {
    /// A workspace without the file.
    pub(crate) fn nothing() -> Self {
        Self { now: BTreeSet::from([NOTHING.to_owned()]), late: BTreeSet::new() }
    }

    /// A write was confirmed.
    pub(crate) fn wrote(&mut self, value: &str) {
        self.now = BTreeSet::from([value.to_owned()]);
    }

    /// A write may have been done, or may be done later.
    pub(crate) fn may_have_written(&mut self, value: &str) {
        self.late.insert(value.to_owned());
    }

    /// The workspace is this one or the other.
    pub(crate) fn or(&mut self, other: &Self) {
        self.now.extend(other.now.iter().cloned());
        self.late.extend(other.late.iter().cloned());
    }

    /// Whether a value is right.
    pub(crate) fn allows(&self, value: &str) -> bool {
        self.now.contains(value) || self.late.contains(value)
    }

    /// A value was read: from now on it can't be another one of before. False if it is wrong.
    pub(crate) fn saw(&mut self, value: &str) -> bool {
        if !self.allows(value) {
            return false;
        }
        self.wrote(value);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_last_is_right() {
        let mut legal = Legal::nothing();
        assert!(legal.allows(NOTHING));
        legal.wrote("a");
        legal.wrote("b");
        assert!(legal.allows("b") && !legal.allows("a") && !legal.allows(NOTHING));
    }

    #[test]
    fn what_was_seen_leaves_only_late_writes_open() {
        let mut legal = Legal::nothing();
        legal.wrote("a");
        legal.may_have_written("b");
        let mut other = Legal::nothing();
        other.wrote("c");
        legal.or(&other);
        assert!(["a", "b", "c"].iter().all(|value| legal.allows(value)));
        assert!(legal.saw("a") && !legal.saw("c"));
        assert!(legal.allows("b"), "it may come late");
    }
}
