//! The document as a page to read: whole in itself, without a script, made once.

mod answers;
mod operation;
mod schema;
mod text;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::document;

const STYLE: &str = include_str!("page.css");

/// The page, and the policy under which a browser is to show it.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) html: String,
    pub(crate) policy: String,
}

impl Page {
    /// The page of the document.
    pub(crate) fn of_document() -> Self {
        let html = page(&Source(json!(document()))).into_string();
        let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        );
        Self { html, policy }
    }
}

/// The document, and what its references point at.
struct Source(Value);

impl Source {
    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.0.pointer(pointer)).unwrap_or(value)
    }

    /// The operations of a tag: method, path, operation.
    fn tagged<'a>(&'a self, tag: &'a str) -> impl Iterator<Item = (&'a str, &'a str, &'a Value)> {
        fields(&self.0["paths"])
            .flat_map(|(path, item)| fields(item).map(move |(method, it)| (method, path, it)))
            .filter(move |(_, _, operation)| operation["tags"][0] == tag)
    }
}

/// The fields of an object; none of anything else.
fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// The text of a value; empty if it has none.
fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn page(source: &Source) -> Markup {
    let info = &source.0["info"];
    let tags = || source.0["tags"].as_array().into_iter().flatten();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (words(&info["title"])) " API" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                nav aria-label="Operations" {
                    a href="#top" { strong { (words(&info["title"])) } " " (words(&info["version"])) }
                    @for tag in tags() { (links(source, words(&tag["name"]))) }
                    h2 { a href="#schemas" { "schemas" } }
                }
                main id="top" {
                    h1 { (words(&info["title"])) " API" }
                    p { "As a program reads it: " a href="/openapi.json" { "/openapi.json" } }
                    (text::markdown(words(&info["description"])))
                    @for tag in tags() { (section(source, tag)) }
                    (schemas(source))
                }
            }
        }
    }
}

fn links(source: &Source, tag: &str) -> Markup {
    html! {
        h2 { a href={ "#tag-" (tag) } { (tag) } }
        @for (_, _, operation) in source.tagged(tag) {
            @let id = words(&operation["operationId"]);
            a href={ "#" (id) } { (id) }
        }
    }
}

fn section(source: &Source, tag: &Value) -> Markup {
    let name = words(&tag["name"]);
    html! {
        section id={ "tag-" (name) } {
            h2 { (name) }
            (text::markdown(words(&tag["description"])))
            @for (method, path, operation) in source.tagged(name) {
                (operation::details(source, method, path, operation))
            }
        }
    }
}

fn schemas(source: &Source) -> Markup {
    html! {
        section id="schemas" {
            h2 { "schemas" }
            @for (name, schema) in fields(&source.0["components"]["schemas"]) {
                details id={ "schema-" (name) } {
                    summary { code { (name) } }
                    (schema::table(schema))
                    @if let Some(example) = schema["examples"].get(0) { (text::json(example)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_document_says_is_text_and_no_markup() {
        let evil = "<script>alert(1)</script>";
        let source = Source(json!({
            "info": { "title": evil, "version": evil, "description": evil },
            "tags": [{ "name": "t", "description": evil }],
            "paths": { "/<b>": { "get": {
                "tags": ["t"], "operationId": evil, "summary": evil, "description": evil,
                "parameters": [{ "name": evil, "in": evil, "description": evil }],
                "responses": { "200": { "description": evil, "content": {
                    "application/json": { "example": { "a": evil } }
                } } }
            } } },
            "components": { "schemas": { "S": { "properties": { "<b>": { "description": evil } } } } }
        }));
        let page = page(&source).into_string();
        assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
        assert!(page.contains("&lt;script"));
    }
}
