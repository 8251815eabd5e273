//! A request to a model, whatever its API, and the answer to it.

use serde_json::Value;

use super::script::{Script, Step};
use super::tools::{self, ToolDef};

/// What of a request matters here.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The model that was asked for.
    pub(super) model: String,
    /// What a person said last.
    pub(super) prompt: String,
    /// What tools have said since then.
    pub(super) results: Vec<String>,
    /// The tools that may be called.
    pub(super) tools: Vec<ToolDef>,
    /// The answer is to come as a stream.
    pub(super) stream: bool,
}

/// What is answered.
#[derive(Debug, PartialEq)]
pub(super) enum Reply {
    Text(String),
    Call { name: String, arguments: Value },
}

impl Turn {
    /// A person's words: earlier results belong to earlier ones.
    pub(super) fn said(&mut self, text: &str) {
        // What agents put beside a prompt by themselves begins with a tag.
        let own = text.starts_with("<environment_context>")
            || text.starts_with("<system-reminder>")
            || text.starts_with("<session_context>")
            || text.starts_with("# AGENTS.md");
        if !own {
            text.clone_into(&mut self.prompt);
            self.results.clear();
        }
    }

    /// The answer to it by its script.
    pub(super) fn reply(&self, script: &Script) -> Reply {
        if self.tools.is_empty() {
            return Reply::Text("A title".to_owned());
        }
        let Some(step) = script.steps.get(self.results.len()) else {
            return Reply::Text(self.last_words(script));
        };
        let call = tools::call(&self.tools, step);
        call.unwrap_or_else(|| Reply::Text("I have no tool for this.".to_owned()))
    }

    fn last_words(&self, script: &Script) -> String {
        if let Some(say) = &script.say {
            return say.clone();
        }
        if script.repeat {
            return format!("It says: {}", self.results.last().map_or("", |said| said));
        }
        match script.steps.last() {
            Some(Step::Write(path, _)) => format!("I wrote {path}."),
            Some(Step::Run(_)) => "I ran it.".to_owned(),
            None => "There is nothing to do.".to_owned(),
        }
    }
}

/// The text of a content, which is a text or a list of parts with texts.
pub(super) fn texts(content: &Value) -> Vec<&str> {
    match content {
        Value::String(text) => vec![text],
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => Vec::new(),
    }
}

/// The items of a list; none if it isn't one.
pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
