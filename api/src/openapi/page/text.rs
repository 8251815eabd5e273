//! Words and examples as HTML.

use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{Event, Parser};
use serde_json::Value;

/// Markdown, in which HTML is only text.
pub(super) fn markdown(text: &str) -> Markup {
    let events = Parser::new(text).map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        other => other,
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    PreEscaped(html)
}

/// An example, as it would be sent.
pub(super) fn json(value: &Value) -> Markup {
    let text = match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    html! { pre { code { (text) } } }
}
