//! An operation, folded up.

use maud::{Markup, html};
use serde_json::Value;

use super::{Source, answers, schema, text, words};

/// An operation with its parameters, its body and its answers.
pub(super) fn details(source: &Source, method: &str, path: &str, operation: &Value) -> Markup {
    html! {
        details id=(words(&operation["operationId"])) {
            summary {
                span class={ "method " (method) } { (method) }
                code { (path) }
                span { (words(&operation["summary"])) }
            }
            (text::markdown(words(&operation["description"])))
            @if operation.get("security").is_none() { p { "No token is needed." } }
            (parameters(source, operation))
            @if let Some(body) = operation.get("requestBody") {
                h3 { "Body" @if body["required"] != true { span { " optional" } } }
                (answers::content(source, body))
            }
            h3 { "Answers" }
            (answers::list(source, operation))
        }
    }
}

fn parameters(source: &Source, operation: &Value) -> Markup {
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        @if !parameters.is_empty() {
            h3 { "Parameters" }
            table {
                @for parameter in parameters {
                    @let parameter = source.resolve(parameter);
                    tr {
                        th scope="row" {
                            code { (words(&parameter["name"])) }
                            span { " " (words(&parameter["in"])) }
                            @if parameter["required"] != true { span { ", optional" } }
                        }
                        td {
                            (schema::kind(&parameter["schema"]))
                            (text::markdown(words(&parameter["description"])))
                        }
                    }
                }
            }
        }
    }
}
