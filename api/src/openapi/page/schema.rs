//! A schema as a line or a table.

use maud::{Markup, html};
use serde_json::Value;

use super::{fields, text, words};

/// The constraints that are shown beside a type.
const CONSTRAINTS: [(&str, &str); 10] = [
    ("format", ""),
    ("pattern", ""),
    ("minimum", "≥ "),
    ("maximum", "≤ "),
    ("minLength", "min. length "),
    ("maxLength", "max. length "),
    ("minItems", "min. items "),
    ("maxItems", "max. items "),
    ("default", "default "),
    ("const", "always "),
];

/// The type of a value, in a line.
pub(super) fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return html! { a href={ "#schema-" (name) } { (name) } };
    }
    for (key, joint) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
        if let Some(parts) = schema[key].as_array() {
            return html! {
                @for (index, part) in parts.iter().enumerate() {
                    @if index > 0 { (joint) }
                    (kind(part))
                }
            };
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return html! {
            @for (index, value) in values.iter().enumerate() {
                @if index > 0 { ", " }
                code { (plain(value)) }
            }
        };
    }
    html! {
        (types(&schema["type"]))
        @if let Some(items) = schema.get("items") { " of " (kind(items)) }
        @if schema["additionalProperties"].is_object() { " of " (kind(&schema["additionalProperties"])) }
        @for (key, prefix) in CONSTRAINTS {
            @if let Some(value) = schema.get(key) { " · " (prefix) code { (plain(value)) } }
        }
    }
}

/// An object's fields, or the type of anything else.
pub(super) fn table(schema: &Value) -> Markup {
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|it| it == name))
    };
    html! {
        (text::markdown(words(&schema["description"])))
        @if schema["properties"].is_object() {
            table {
                @for (name, field) in fields(&schema["properties"]) {
                    tr {
                        th scope="row" { code { (name) } @if !required(name) { span { " optional" } } }
                        td { (kind(field)) (text::markdown(words(&field["description"]))) }
                    }
                }
            }
        } @else {
            p { (kind(schema)) }
        }
    }
}

fn types(types: &Value) -> String {
    match types {
        Value::Array(types) => types.iter().map(words).collect::<Vec<_>>().join(" or "),
        other => other.as_str().unwrap_or("any").to_owned(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
