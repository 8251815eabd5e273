//! Sizes of what is kept of an agent's words.

use serde_json::Value;

/// The most of a tool's input or output.
pub(super) const TOOL_MAX: usize = 4096;
/// The most of a title or a detail of a status.
pub(super) const LINE_MAX: usize = 500;
/// The most of the last message, which goes into the task's row.
pub(super) const MESSAGE_MAX: usize = 16 * 1024;
/// The most of one text within a tool's input that is too large as a whole.
const LEAF_MAX: usize = 1024;
/// Stands where something was cut.
const MARKER: &str = " … (cut)";

/// The beginning of a text, `max` bytes at most, its marker included.
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max.saturating_sub(MARKER.len()));
    format!("{}{MARKER}", &text[..end])
}

/// A value whose JSON has [`TOOL_MAX`] bytes at most. Texts in it are cut first, so that a file's
/// long content doesn't cost its name.
pub(super) fn bounded(value: &Value) -> Value {
    let whole = value.to_string();
    if whole.len() <= TOOL_MAX {
        return value.clone();
    }
    if let Value::String(text) = value {
        return Value::String(cut(text, TOOL_MAX));
    }
    let mut short = value.clone();
    cut_leaves(&mut short);
    if short.to_string().len() <= TOOL_MAX { short } else { Value::String(cut(&whole, TOOL_MAX)) }
}

fn cut_leaves(value: &mut Value) {
    match value {
        Value::String(text) => *text = cut(text, LEAF_MAX),
        Value::Array(items) => items.iter_mut().for_each(cut_leaves),
        Value::Object(entries) => entries.values_mut().for_each(cut_leaves),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cuts_between_characters_and_says_so() {
        assert_eq!(cut("short", 10), "short");
        let text = "é".repeat(20);
        for max in 0..text.len() {
            let short = cut(&text, max);
            assert!(short.ends_with(MARKER) && short.len() <= max.max(MARKER.len()), "{short}");
        }
    }

    #[test]
    fn a_long_content_does_not_cost_the_name() {
        let input = json!({ "content": "x".repeat(100_000), "filePath": "src/a.rs" });
        let short = bounded(&input);
        assert_eq!(short["filePath"], "src/a.rs");
        assert!(short["content"].as_str().unwrap().ends_with(MARKER));
        assert!(short.to_string().len() <= TOOL_MAX);
    }

    #[test]
    fn a_value_of_many_parts_becomes_a_text() {
        let short = bounded(&json!(vec!["abc"; 5000]));
        assert!(short.as_str().unwrap().len() <= TOOL_MAX, "{short}");
    }
}
