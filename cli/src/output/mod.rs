//! What a command says: results on standard output, all else on standard error.

mod describe;
mod progress;
mod table;
mod text;

pub(crate) use describe::{describe, lines, sandbox_fields, snapshot_fields, task};
pub(crate) use progress::Progress;
pub(crate) use table::Table;
pub(crate) use text::{age, bytes, clean, clean_block, duration};

use std::io::{self, IsTerminal, Write};

use serde_json::Value;

use crate::client::{Answer, Failure};

/// How results are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// As the API's JSON, unmodified.
    pub(crate) json: bool,
    /// Nothing on standard error but errors.
    pub(crate) quiet: bool,
    /// When the process was started.
    pub(crate) now: jiff::Timestamp,
}

impl Output {
    /// Shows an answer: as it came, or as `text` makes it.
    pub(crate) fn show(&self, answer: &Answer, text: impl FnOnce(&Value) -> String) {
        if self.json {
            self.raw(&answer.body);
        } else {
            self.print(&text(&answer.json()));
        }
    }

    /// A page of a list, as rows of a table, with what to ask for to see more.
    pub(crate) fn list(
        &self,
        answer: &Answer,
        key: &str,
        columns: &[&'static str],
        row: impl Fn(&Value) -> Vec<String>,
    ) {
        if self.json {
            return self.raw(&answer.body);
        }
        let page = answer.json();
        let mut table = Table::new(columns);
        for item in page[key].as_array().into_iter().flatten() {
            table.row(row(item));
        }
        self.print(&table.to_string());
        if let Some(before) = page["next_before"].as_str() {
            self.note(&format!("there are more: --before {before}"));
        }
    }

    /// JSON as it came.
    pub(crate) fn raw(&self, body: &[u8]) {
        let mut out = io::stdout().lock();
        // Who reads it may have had enough (EPIPE): there is nobody left to tell.
        let _ = out.write_all(body);
        if !body.is_empty() && !body.ends_with(b"\n") {
            let _ = out.write_all(b"\n");
        }
        let _ = out.flush();
    }

    /// Text, with a line's end.
    pub(crate) fn print(&self, text: &str) {
        self.raw(text.as_bytes());
    }

    /// Text as it is.
    pub(crate) fn write(&self, text: &str) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(text.as_bytes());
        let _ = out.flush();
    }

    /// Something said beside the result.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }
}

/// Asks a person before something is lost. Where nobody can be asked, it has to be said beforehand.
pub(crate) fn confirm(what: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(format!("{what}: say --yes where nobody can be asked")));
    }
    eprint!("{what}? [y/N] ");
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(Failure::io("the answer"))?;
    if matches!(line.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Failure::Interrupted("nothing was done".into()))
}

/// A text in a field; empty if there is none.
pub(crate) fn text_of(value: &Value, key: &str) -> String {
    match &value[key] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
