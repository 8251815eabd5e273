//! Claude Code, `claude`: messages as its API has them, then a result.

use sandboxd_shared::domain::Agent;
use serde_json::Value;

use super::launch::words;
use super::piece::{Piece, Tool, message, status};
use super::reader::Reader;
use super::usage::{Usage, tokens};
use super::{Launch, NotReady, Request};

/// What keeps it from talking to anything but the model.
const SETTINGS: [(&str, &str); 4] = [
    ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
    ("DISABLE_AUTOUPDATER", "1"),
    ("DISABLE_TELEMETRY", "1"),
    ("DISABLE_ERROR_REPORTING", "1"),
];

pub(super) fn launch(request: &Request<'_>) -> Result<Launch, NotReady> {
    request.key(Agent::ClaudeCode)?;
    let mut argv = words(&["claude", "-p", "--output-format", "stream-json", "--verbose"]);
    // The sandbox is what holds it.
    argv.push("--dangerously-skip-permissions".to_owned());
    if let Some(model) = request.model {
        argv.push(format!("--model={model}"));
    }
    if let Some(session) = request.session {
        argv.push(format!("--resume={session}"));
    }
    argv.extend(words(&["--", request.prompt]));
    Ok(request.launch(argv, &SETTINGS))
}

/// What a line means; `None` if it isn't one of Claude Code's.
pub(super) fn read(reader: &mut Reader, line: &Value) -> Option<Vec<Piece>> {
    let read = match line["type"].as_str()? {
        "system" => vec![system(line)?],
        "assistant" => said(reader, line)?,
        "user" => returned(reader, line)?,
        "result" => result(reader, line),
        _ => return None,
    };
    let mut pieces = Vec::from_iter(reader.session(&line["session_id"]));
    pieces.extend(read);
    Some(pieces)
}

fn system(line: &Value) -> Option<Piece> {
    let subtype = line["subtype"].as_str()?;
    Some(match subtype {
        "init" => status("started", line["model"].as_str()),
        "api_retry" => status("retrying", Some(&retry(line))),
        _ => status(subtype, line["message"].as_str()),
    })
}

fn retry(line: &Value) -> String {
    let error = line["error"].as_str().unwrap_or("error");
    format!("{error}, attempt {} of {}", line["attempt"], line["max_retries"])
}

fn said(reader: &mut Reader, line: &Value) -> Option<Vec<Piece>> {
    // One that another tool of it has started; its last word isn't the agent's.
    let by_helper = line["parent_tool_use_id"].is_string();
    let mut pieces = Vec::new();
    for part in line["message"]["content"].as_array()? {
        pieces.push(match part["type"].as_str()? {
            "text" if by_helper => message(part["text"].as_str()?),
            "text" => reader.message(part["text"].as_str()?),
            "thinking" => status("thinking", part["thinking"].as_str()),
            "tool_use" => call(reader, part)?,
            other => status(other, None),
        });
    }
    Some(pieces)
}

fn call(reader: &mut Reader, part: &Value) -> Option<Piece> {
    let (tool, id) = (part["name"].as_str()?, part["id"].as_str());
    reader.begin_call(id.unwrap_or_default(), tool);
    let input = &part["input"];
    let title = ["description", "file_path", "command", "pattern"];
    let title = title.iter().find_map(|name| input[*name].as_str());
    let (status, input) = (Some("running"), Some(input));
    Some(Tool { tool, call_id: id, title, status, input, output: None }.piece())
}

fn returned(reader: &mut Reader, line: &Value) -> Option<Vec<Piece>> {
    let parts = match &line["message"]["content"] {
        Value::String(text) => return Some(vec![status("told", Some(text))]),
        content => content.as_array()?,
    };
    let mut pieces = Vec::new();
    for part in parts {
        pieces.push(match part["type"].as_str()? {
            "tool_result" => outcome(reader, part),
            "text" => status("told", part["text"].as_str()),
            other => status(other, None),
        });
    }
    Some(pieces)
}

fn outcome(reader: &mut Reader, part: &Value) -> Piece {
    let id = part["tool_use_id"].as_str();
    let tool = reader.end_call(id.unwrap_or_default());
    let status = if part["is_error"] == true { "error" } else { "completed" };
    let output = texts(&part["content"]);
    Tool {
        tool: &tool,
        call_id: id,
        status: Some(status),
        output: Some(&output),
        ..Tool::default()
    }
    .piece()
}

/// The text of a content, which is one or a list of parts.
fn texts(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

fn result(reader: &mut Reader, line: &Value) -> Vec<Piece> {
    let said = line["result"].as_str().unwrap_or_default();
    let subtype = line["subtype"].as_str().unwrap_or_default();
    let told = if line["is_error"] == true {
        reader.fail(if said.is_empty() { subtype } else { said });
        status("error", Some(if said.is_empty() { subtype } else { said }))
    } else {
        if !said.is_empty() {
            reader.say(said);
        }
        status("finished", None)
    };
    let used = &line["usage"];
    let usage = Usage {
        input: tokens(&used["input_tokens"])
            .saturating_add(tokens(&used["cache_creation_input_tokens"])),
        output: tokens(&used["output_tokens"]),
        cache_read: used["cache_read_input_tokens"].as_u64(),
        cost: line["total_cost_usd"].as_f64(),
        turns: line["num_turns"].as_u64(),
    };
    vec![told, reader.used(&usage)]
}

#[cfg(test)]
#[path = "claude_code_tests.rs"]
mod tests;
