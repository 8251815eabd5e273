//! The OpenAPI document: that it is kept, whole and true to itself.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

mod examples;
mod kept;
mod rules;

use serde_json::{Value, json};

/// The document as JSON.
fn document() -> Value {
    json!(sandboxd_api::openapi::document())
}

/// Each operation with its name for messages.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((format!("{method} {path}"), operation));
        }
    }
    assert!(found.len() >= 20, "{found:?}");
    found
}

/// What a reference points at; other values are themselves.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
    let pointer = reference.strip_prefix('#').unwrap();
    document.pointer(pointer).unwrap_or_else(|| panic!("{reference} points at nothing"))
}
