//! opencode: its config comes by the environment, so that nothing of it is in the workspace.
//!
//! Its lines are `{"type", "timestamp", "sessionID", "part"}`, one as each part is done.

use serde_json::{Value, json};

use super::launch::{with_prompt, words};
use super::piece::{Piece, Tool, status};
use super::reader::Reader;
use super::usage::{Usage, tokens};
use super::{Launch, NotReady, Request};
use provider::Choice;

#[path = "opencode_provider.rs"]
mod provider;

/// What keeps it from looking for updates, models and language servers on the internet.
const SETTINGS: [(&str, &str); 4] = [
    ("OPENCODE_DISABLE_AUTOUPDATE", "1"),
    ("OPENCODE_DISABLE_MODELS_FETCH", "1"),
    ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1"),
    ("OPENCODE_DISABLE_DEFAULT_PLUGINS", "1"),
];

pub(super) fn launch(request: &Request<'_>) -> Result<Launch, NotReady> {
    let choice = Choice::of(request)?;
    // A title of our own, or it asks the model for one.
    let mut flags = words(&["opencode", "run", "--format", "json", "--auto", "--title", "Task"]);
    if let Some(session) = request.session {
        flags.extend(words(&["--session", session]));
    }
    // It puts a prompt among its arguments into quotes, and fails if that is a number.
    let argv = with_prompt(request.prompt, r#""$@""#, flags);
    let config = config(&choice).to_string();
    let mut settings = SETTINGS.to_vec();
    settings.push(("OPENCODE_CONFIG_CONTENT", &config));
    Ok(request.launch(argv, &settings))
}

fn config(choice: &Choice<'_>) -> Value {
    let (provider, model) = (choice.provider, format!("{}/{}", choice.provider, choice.model));
    let mut config = json!({
        "autoupdate": false,
        "share": "disabled",
        "snapshot": false,
        "permission": "allow",
        "enabled_providers": [provider],
        "model": model,
        "small_model": model,
    });
    config["provider"][provider] = choice.config();
    config
}

/// What a line means; `None` if it isn't one of opencode's.
pub(super) fn read(reader: &mut Reader, line: &Value) -> Option<Vec<Piece>> {
    let part = &line["part"];
    let read = match line["type"].as_str()? {
        "step_start" => status("working", None),
        "text" => reader.message(part["text"].as_str()?),
        "reasoning" => status("thinking", part["text"].as_str()),
        "tool_use" => tool(part)?,
        "step_finish" => reader.used(&usage(part)),
        "error" => failure(reader, &line["error"]),
        _ => return None,
    };
    let mut pieces = Vec::from_iter(reader.session(&line["sessionID"]));
    pieces.push(read);
    Some(pieces)
}

fn tool(part: &Value) -> Option<Piece> {
    let state = &part["state"];
    let told = Tool {
        tool: part["tool"].as_str()?,
        call_id: part["callID"].as_str(),
        title: state["title"].as_str(),
        status: state["status"].as_str(),
        input: Some(&state["input"]),
        output: state["output"].as_str().or_else(|| state["error"].as_str()),
    };
    Some(told.piece())
}

fn usage(part: &Value) -> Usage {
    let used = &part["tokens"];
    Usage {
        input: tokens(&used["input"]).saturating_add(tokens(&used["cache"]["write"])),
        output: tokens(&used["output"]).saturating_add(tokens(&used["reasoning"])),
        cache_read: used["cache"]["read"].as_u64(),
        cost: part["cost"].as_f64(),
        turns: Some(1),
    }
}

fn failure(reader: &mut Reader, error: &Value) -> Piece {
    let reason = error["data"]["message"].as_str().or_else(|| error["name"].as_str());
    let reason = reason.unwrap_or_default();
    reader.fail(reason);
    status("error", Some(reason))
}

#[cfg(test)]
#[path = "opencode_tests.rs"]
mod tests;
