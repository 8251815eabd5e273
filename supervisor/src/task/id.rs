//! The name that a caller gives a task.

use crate::protocol::Refusal;

/// Longest id, bytes.
const MAX_LENGTH: usize = 64;

/// Letters, digits, `_` and `-`: a plain name for a folder, too.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TaskId(String);

impl TaskId {
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(known) {
            Ok(Self(text.to_owned()))
        } else {
            let text = format!("id is 1 to {MAX_LENGTH} letters, digits, \"_\" or \"-\"");
            Err(Refusal::new("invalid_request", text))
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_never_a_path_or_a_hidden_name() {
        for good in ["a", "01J_-z", &"x".repeat(64)] {
            assert_eq!(TaskId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "a.b", "a/b", "a b", "\u{e9}", "a\0", &"x".repeat(65)] {
            assert_eq!(TaskId::parse(bad).unwrap_err().code, "invalid_request", "{bad:?}");
        }
    }
}
