//! What a line of an agent's comes to.

use sandboxd_shared::domain::OutputKind;
use serde_json::{Map, Value, json};

use super::bounds::{LINE_MAX, TOOL_MAX, bounded, cut};

/// A part of an agent's words, understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// An entry of the task's output. `message` has `text`, and `raw: true` for what isn't the
    /// agent's own format; `tool` has `tool`, and where known `call_id`, `title`, `status`
    /// (`running`, `completed`, `error`), `input` and `output`; `status` has `status` and `detail`.
    Event {
        /// What it is about.
        kind: OutputKind,
        /// The rest.
        data: Value,
    },
    /// The agent's own name for what it does here, to go on with later.
    Session(String),
    /// What it said last. Comes with the end.
    FinalMessage(String),
    /// What it has used so far: `input_tokens` (without those from a cache), `output_tokens`,
    /// `cache_read_tokens`, `cost_usd`, `turns`. A later one replaces it.
    Usage(Value),
    /// The agent itself says that it failed. Comes with the end.
    Failed(String),
}

/// Where the work stands.
pub(super) fn status(status: &str, detail: Option<&str>) -> Piece {
    let mut data = json!({ "status": cut(status, LINE_MAX) });
    if let Some(detail) = detail.filter(|detail| !detail.is_empty()) {
        data["detail"] = cut(detail, LINE_MAX).into();
    }
    Piece::Event { kind: OutputKind::Status, data }
}

/// Something that the agent says. Its size is the line's.
pub(super) fn message(text: &str) -> Piece {
    Piece::Event { kind: OutputKind::Message, data: json!({ "text": text }) }
}

/// A line as it came.
pub(super) fn raw(text: &str) -> Piece {
    Piece::Event { kind: OutputKind::Message, data: json!({ "text": text, "raw": true }) }
}

/// The use of a tool, told by what is known of it.
#[derive(Debug, Default)]
pub(super) struct Tool<'a> {
    pub(super) tool: &'a str,
    pub(super) call_id: Option<&'a str>,
    pub(super) title: Option<&'a str>,
    pub(super) status: Option<&'a str>,
    pub(super) input: Option<&'a Value>,
    pub(super) output: Option<&'a str>,
}

impl Tool<'_> {
    pub(super) fn piece(&self) -> Piece {
        let mut data = Map::new();
        let mut line = |name: &str, text: Option<&str>| {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                data.insert(name.to_owned(), cut(text, LINE_MAX).into());
            }
        };
        line("tool", Some(self.tool));
        line("call_id", self.call_id);
        line("title", self.title);
        line("status", self.status);
        if let Some(input) = self.input.filter(|input| !input.is_null()) {
            data.insert("input".to_owned(), bounded(input));
        }
        if let Some(output) = self.output.filter(|output| !output.is_empty()) {
            data.insert("output".to_owned(), cut(output, TOOL_MAX).into());
        }
        Piece::Event { kind: OutputKind::Tool, data: Value::Object(data) }
    }
}
