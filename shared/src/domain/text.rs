//! Texts that clients give, parsed once into types that can't be wrong.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

const DESCRIPTION_MAX: usize = 2_000;
const TAGS_MAX: usize = 20;
const TAG_MAX: usize = 50;
/// No control characters, and not only white space.
const LINE_PATTERN: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidText(String);

impl InvalidText {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

fn check(text: &str, what: &str, min: usize, max: usize) -> Result<String, InvalidText> {
    let text = text.trim();
    let length = text.chars().count();
    if length < min || length > max {
        return Err(InvalidText(format!("{what} must have {min} to {max} characters")));
    }
    Ok(text.to_owned())
}

fn check_line(text: &str, what: &str, max: usize) -> Result<String, InvalidText> {
    let text = check(text, what, 1, max)?;
    if text.chars().any(char::is_control) {
        return Err(InvalidText(format!("{what} must not have control characters")));
    }
    Ok(text)
}

/// The name of an app or a snapshot: 1–200 characters, no control characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(
    min_length = 1,
    max_length = 200,
    pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
    examples("Shop")
)]
pub struct Name(String);

impl Name {
    /// The most characters of a name.
    pub const MAX_CHARS: usize = 200;

    /// Parses a name.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        check_line(text, "a name", Self::MAX_CHARS).map(Self)
    }

    /// `<self><suffix>`, shortened so that it stays a name.
    #[must_use]
    pub fn with_suffix(&self, suffix: &str) -> Self {
        let keep = Self::MAX_CHARS.saturating_sub(suffix.chars().count());
        let stem: String = self.0.chars().take(keep).collect();
        Self(format!("{}{suffix}", stem.trim_end()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An id in the caller's own system: 1–200 characters, no control characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(
    min_length = 1,
    max_length = 200,
    pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
    examples("user-42")
)]
pub struct ExternalId(String);

impl ExternalId {
    /// Parses an external id.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        check_line(text, "an external id", Name::MAX_CHARS).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same text as a name, which has the same rules.
    #[must_use]
    pub fn to_name(&self) -> Name {
        Name(self.0.clone())
    }
}

/// A description: up to 2,000 characters; line breaks are allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(max_length = 2000, examples("Sells tea."))]
pub struct Description(String);

impl Description {
    /// Parses a description.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = check(text, "a description", 0, DESCRIPTION_MAX)?;
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(InvalidText("a description must not have control characters".into()));
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an agent is asked: up to 100 KiB, line breaks and all. It becomes an argument of a program,
/// which can't hold a NUL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(
    min_length = 1,
    max_length = 102400,
    pattern = r"^[^\x00]*$",
    examples("Make the heading blue")
)]
pub struct Prompt(String);

impl Prompt {
    /// The most bytes of a prompt: Linux takes 128 KiB as one argument (`execve(2)`).
    pub const MAX_BYTES: usize = 100 << 10;

    /// Parses a prompt.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        if text.is_empty() || text.len() > Self::MAX_BYTES {
            return Err(InvalidText(format!("a prompt must have 1 to {} bytes", Self::MAX_BYTES)));
        }
        if text.contains('\0') {
            return Err(InvalidText("a prompt must not have a NUL in it".into()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// A model, in an agent's own spelling: 1–200 characters, no control characters. It becomes an
/// argument of a program, which must not take it for an option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(
    min_length = 1,
    max_length = 200,
    pattern = r"^[^\s\x00-\x1f\x7f-\x9f-][^\x00-\x1f\x7f-\x9f]*$",
    examples("anthropic/claude-sonnet-4-5")
)]
pub struct ModelName(String);

impl ModelName {
    const MAX_CHARS: usize = 200;

    /// Parses a model's name.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        if !(1..=Self::MAX_CHARS).contains(&text.chars().count()) {
            return Err(InvalidText(format!(
                "a model must have 1 to {} characters",
                Self::MAX_CHARS
            )));
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidText("a model must not have control characters".into()));
        }
        if text.starts_with(|first: char| first == '-' || first.is_whitespace()) {
            return Err(InvalidText("a model must not begin with - or a space".into()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Up to 20 tags of 1–50 characters, in the order given, without repeats.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Tags(Vec<String>);

impl Tags {
    /// Parses tags.
    ///
    /// # Errors
    /// Says which rule is broken.
    pub fn parse(tags: &[String]) -> Result<Self, InvalidText> {
        if tags.len() > TAGS_MAX {
            return Err(InvalidText(format!("at most {TAGS_MAX} tags are allowed")));
        }
        let mut seen = Vec::with_capacity(tags.len());
        for tag in tags {
            let tag = check_line(tag, "a tag", TAG_MAX)?;
            if !seen.contains(&tag) {
                seen.push(tag);
            }
        }
        Ok(Self(seen))
    }

    /// The tags.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

impl ToSchema for Tags {}

impl PartialSchema for Tags {
    fn schema() -> RefOr<Schema> {
        let tag = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(TAG_MAX))
            .pattern(Some(LINE_PATTERN));
        ArrayBuilder::new()
            .description(Some("Tags, in the order given and without repeats"))
            .items(tag)
            .max_items(Some(TAGS_MAX))
            .examples([["demo", "shop"]])
            .into()
    }
}

macro_rules! parse_from_json {
    ($($name:ident: $raw:ty),+) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(&<$raw>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    )+};
}
parse_from_json!(
    Name: String,
    ExternalId: String,
    Description: String,
    Prompt: String,
    ModelName: String,
    Tags: Vec<String>
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_bounded() {
        assert_eq!(Name::parse("  a shop ").unwrap().as_str(), "a shop");
        assert!(Name::parse(&"é".repeat(200)).is_ok());
        for bad in ["", "   ", "a\nb", "a\u{0}b", &"x".repeat(201)] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_suffix_never_makes_a_name_too_long() {
        let name = Name::parse(&"x".repeat(200)).unwrap().with_suffix(" (fork 12)");
        assert_eq!(name.as_str().chars().count(), 200);
        assert!(name.as_str().ends_with("x (fork 12)"));
    }

    #[test]
    fn a_prompt_is_any_text_that_fits_an_argument() {
        for good in ["x", " ", "a\n\tb\u{7}", "\u{1f600}", &"x".repeat(102_400)] {
            assert_eq!(Prompt::parse(good).unwrap().into_string(), good);
        }
        for bad in ["", "a\0b", &"x".repeat(102_401), &"\u{1f600}".repeat(25_601)] {
            assert!(Prompt::parse(bad).is_err());
        }
    }

    #[test]
    fn a_model_is_never_an_option() {
        for good in ["sonnet", "openai/gpt-5.1", "a model", &"\u{e9}".repeat(200)] {
            assert_eq!(ModelName::parse(good).unwrap().into_string(), good);
        }
        for bad in ["", "-m", "--help", " x", "\tx", "a\nb", "a\0", &"x".repeat(201)] {
            assert!(ModelName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn tags_are_bounded_and_unique() {
        let tags = Tags::parse(&["a".into(), " a ".into(), "b".into()]).unwrap();
        assert_eq!(tags.as_slice(), ["a", "b"]);
        assert!(Tags::parse(&vec!["t".to_owned(); 21]).is_err());
        assert!(Tags::parse(&["x".repeat(51)]).is_err());
        assert!(Tags::parse(&[String::new()]).is_err());
    }
}
