//! Which types of events somebody wants: one, a family, or all.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::EventType;

const PATTERNS_MAX: usize = 50;

/// `*`, a type such as `sandbox.started`, or a family such as `sandbox.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventPattern {
    /// Every type, those of later versions too.
    All,
    /// One type.
    Type(EventType),
    /// Every type that begins so; the text ends in its dot.
    Family(String),
}

impl EventPattern {
    /// Whether it means events of this type.
    #[must_use]
    pub fn matches(&self, kind: &str) -> bool {
        match self {
            Self::All => true,
            Self::Type(one) => one.as_str() == kind,
            Self::Family(start) => kind.starts_with(start.as_str()),
        }
    }
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Type(one) => one.fmt(f),
            Self::Family(start) => write!(f, "{start}*"),
        }
    }
}

impl FromStr for EventPattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        if text == "*" {
            return Ok(Self::All);
        }
        if let Ok(one) = text.parse() {
            return Ok(Self::Type(one));
        }
        let unknown = || InvalidPattern::Unknown(text.chars().take(60).collect());
        let start = text.strip_suffix('*').ok_or_else(unknown)?;
        let is_family = start.len() > 1
            && start.ends_with('.')
            && EventType::ALL.iter().any(|kind| kind.as_str().starts_with(start));
        if is_family { Ok(Self::Family(start.to_owned())) } else { Err(unknown()) }
    }
}

/// Why patterns are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPattern {
    /// There is no such type.
    #[error(
        "{0:?} is no type of event; write one such as \"sandbox.started\", a family such as \
         \"sandbox.*\", or \"*\""
    )]
    Unknown(String),
    /// None, or too many.
    #[error("there must be 1 to {PATTERNS_MAX} types of events")]
    Count,
}

/// 1 to 50 patterns, in the order given, without repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPatterns(Vec<EventPattern>);

impl EventPatterns {
    /// Every type.
    #[must_use]
    pub fn all() -> Self {
        Self(vec![EventPattern::All])
    }

    /// Parses patterns.
    ///
    /// # Errors
    /// [`InvalidPattern`]
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidPattern> {
        let mut patterns = Vec::new();
        for text in texts {
            let pattern: EventPattern = text.trim().parse()?;
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
            if patterns.len() > PATTERNS_MAX {
                return Err(InvalidPattern::Count);
            }
        }
        if patterns.is_empty() { Err(InvalidPattern::Count) } else { Ok(Self(patterns)) }
    }

    /// The patterns.
    #[must_use]
    pub fn as_slice(&self) -> &[EventPattern] {
        &self.0
    }

    /// Whether one of them means events of this type.
    #[must_use]
    pub fn matches(&self, kind: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(kind))
    }
}

impl ToSchema for EventPatterns {}

impl PartialSchema for EventPatterns {
    fn schema() -> RefOr<Schema> {
        let pattern = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^(\*|[a-z_]+(\.[a-z_]+)*(\.\*)?)$"));
        ArrayBuilder::new()
            .description(Some(
                "Types of events such as `sandbox.started`, families such as `sandbox.*`, or `*`",
            ))
            .items(pattern)
            .min_items(Some(1))
            .max_items(Some(PATTERNS_MAX))
            .examples([["sandbox.*", "app.created"]])
            .into()
    }
}

impl Serialize for EventPatterns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ToString::to_string))
    }
}

impl<'de> Deserialize<'de> for EventPatterns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Self::parse(texts.iter().map(String::as_str)).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_all_that_begins_with_it_and_its_dot() {
        let family: EventPattern = "sandbox.*".parse().unwrap();
        assert!(family.matches("sandbox.started") && family.matches("sandbox.create.failed"));
        assert!(!family.matches("sandboxes.x") && !family.matches("snapshot.captured"));
        let inner: EventPattern = "sandbox.create.*".parse().unwrap();
        assert!(inner.matches("sandbox.create.failed") && !inner.matches("sandbox.created"));
    }

    #[test]
    fn only_what_can_happen_is_taken() {
        for good in ["*", "app.created", "preview.*", "preview.health.*"] {
            assert_eq!(good.parse::<EventPattern>().unwrap().to_string(), good);
        }
        for bad in ["", "sandbox", "sandbox*", ".*", "**", "*.created", "nothing.*", "App.created"]
        {
            assert!(bad.parse::<EventPattern>().is_err(), "{bad:?}");
        }
        assert_eq!(EventPatterns::parse([]), Err(InvalidPattern::Count));
        assert_eq!(EventPatterns::parse(["*", " * "]).unwrap(), EventPatterns::all());
    }
}
