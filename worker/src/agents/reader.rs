//! An agent's stream, read a line at a time.

use std::collections::BTreeMap;

use sandboxd_shared::domain::Agent;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bounds::{LINE_MAX, MESSAGE_MAX, cut};
use super::piece::{message, raw};
use super::usage::Usage;
use super::{Piece, claude_code, codex, command, gemini, opencode, session};

/// Tools that run at the same time; of more, an end is told without the tool's name.
const OPEN_CALLS_MAX: usize = 64;
/// The longest id of a call that is remembered.
const CALL_ID_MAX: usize = 128;
/// Parts of one message are told together up to this size.
const PARTS_MAX: usize = 4096;

/// What has to be remembered between lines: small, and kept in the task's row, so that another
/// worker can go on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reader {
    /// The session that has been told.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    /// What the agent said last.
    #[serde(skip_serializing_if = "String::is_empty")]
    said: String,
    /// Parts of a message that haven't been told yet.
    #[serde(skip_serializing_if = "String::is_empty")]
    parts: String,
    /// A message comes in parts, and more may come.
    speaking: bool,
    /// Why it failed, unless it goes on after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    /// The tools of calls that have begun.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    calls: BTreeMap<String, String>,
    usage: Usage,
}

impl Reader {
    /// Reads one line, without its end. A line longer than the caller's limit comes in pieces.
    pub fn line(&mut self, agent: Agent, line: &[u8]) -> Vec<Piece> {
        let line = line.trim_ascii_end();
        if agent == Agent::Command {
            return command::read(self, line);
        }
        if line.is_empty() {
            return Vec::new();
        }
        // Only an object is an agent's own line; a program's output can be a number.
        let value = serde_json::from_slice::<Value>(line).ok().filter(Value::is_object);
        let read = value.and_then(|value| match agent {
            Agent::Opencode => opencode::read(self, &value),
            Agent::ClaudeCode => claude_code::read(self, &value),
            Agent::Codex => codex::read(self, &value),
            Agent::Gemini => gemini::read(self, &value),
            Agent::Command => None,
        });
        read.unwrap_or_else(|| self.end_message_with(raw(&String::from_utf8_lossy(line))))
    }

    /// The end of the stream: what the agent said last, and whether it says that it failed.
    pub fn finish(&mut self, _agent: Agent) -> Vec<Piece> {
        let mut pieces = self.end_message();
        if !self.said.is_empty() {
            pieces.push(Piece::FinalMessage(std::mem::take(&mut self.said)));
        }
        pieces.extend(self.failed.take().map(Piece::Failed));
        pieces
    }

    /// Tells of the agent's session, the first time that it is seen.
    pub(super) fn session(&mut self, name: &Value) -> Option<Piece> {
        let name = name.as_str().filter(|name| session::is_sound(name))?;
        if self.session.as_deref() == Some(name) {
            return None;
        }
        self.session = Some(name.to_owned());
        Some(Piece::Session(name.to_owned()))
    }

    /// Remembers what was said. An agent that speaks has got over what it failed at.
    pub(super) fn say(&mut self, text: &str) {
        self.said = cut(text, MESSAGE_MAX);
        self.failed = None;
    }

    /// A whole message of the agent's.
    pub(super) fn message(&mut self, text: &str) -> Piece {
        self.say(text);
        message(text)
    }

    /// A part of a message: parts are told together, once they are many or the message is whole.
    pub(super) fn part(&mut self, text: &str) -> Vec<Piece> {
        if !std::mem::replace(&mut self.speaking, true) {
            self.say("");
        }
        if self.said.len() < MESSAGE_MAX {
            self.said = cut(&format!("{}{text}", self.said), MESSAGE_MAX);
        }
        self.parts.push_str(text);
        if self.parts.len() < PARTS_MAX { Vec::new() } else { self.told() }
    }

    /// The parts that haven't been told, now that no more come.
    pub(super) fn end_message(&mut self) -> Vec<Piece> {
        self.speaking = false;
        self.told()
    }

    fn told(&mut self) -> Vec<Piece> {
        let text = std::mem::take(&mut self.parts);
        if text.is_empty() { Vec::new() } else { vec![message(&text)] }
    }

    /// The parts that haven't been told, then this.
    pub(super) fn end_message_with(&mut self, piece: Piece) -> Vec<Piece> {
        let mut pieces = self.end_message();
        pieces.push(piece);
        pieces
    }

    /// Remembers that the agent says it failed.
    pub(super) fn fail(&mut self, reason: &str) {
        let reason = if reason.trim().is_empty() { "the agent gave no reason" } else { reason };
        self.failed = Some(cut(reason, LINE_MAX));
    }

    /// Remembers the tool of a call.
    pub(super) fn begin_call(&mut self, id: &str, tool: &str) {
        if self.calls.len() < OPEN_CALLS_MAX && id.len() <= CALL_ID_MAX {
            self.calls.insert(id.to_owned(), cut(tool, LINE_MAX));
        }
    }

    /// The tool of a call that ends.
    pub(super) fn end_call(&mut self, id: &str) -> String {
        self.calls.remove(id).unwrap_or_else(|| "tool".to_owned())
    }

    /// Adds a step's usage and tells the sum.
    pub(super) fn used(&mut self, step: &Usage) -> Piece {
        self.usage.add(step);
        self.usage.piece()
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
pub(super) mod tests;
