//! What an operation answers.

use maud::{Markup, html};
use serde_json::Value;

use super::{Source, fields, schema, text, words};

/// Its answers: those that succeed with their bodies, the others in a line each.
pub(super) fn list(source: &Source, operation: &Value) -> Markup {
    let answers = fields(&operation["responses"]);
    let (good, bad): (Vec<_>, Vec<_>) = answers
        .map(|(status, answer)| (status, source.resolve(answer)))
        .partition(|(status, _)| !status.starts_with(['4', '5']));
    html! {
        @for (status, answer) in good {
            h4 { strong { (status) } " " (text::markdown(words(&answer["description"]))) }
            (headers(answer))
            (content(source, answer))
        }
        table {
            @for (status, answer) in bad {
                tr {
                    th scope="row" { strong { (status) } }
                    td { (text::markdown(words(&answer["description"]))) }
                }
            }
        }
    }
}

fn headers(answer: &Value) -> Markup {
    let names = || fields(&answer["headers"]).map(|(name, _)| name);
    html! {
        @if names().next().is_some() {
            p { "Headers: " @for (index, name) in names().enumerate() {
                @if index > 0 { ", " }
                code { (name) }
            } }
        }
    }
}

/// The media types of a body, each with its schema and an example.
pub(super) fn content(source: &Source, body: &Value) -> Markup {
    html! {
        @for (media, content) in fields(&body["content"]) {
            p { code { (media) } " " (schema::kind(&content["schema"])) }
            @let of_schema = source.resolve(&content["schema"])["examples"].get(0);
            @if let Some(example) = content.get("example").or(of_schema) { (text::json(example)) }
        }
    }
}
