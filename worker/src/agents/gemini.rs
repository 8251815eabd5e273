//! Gemini CLI, `gemini`: messages that come in parts, tools, then a result.

use sandboxd_shared::domain::Agent;
use serde_json::Value;

use super::launch::words;
use super::piece::{Piece, Tool, status};
use super::reader::Reader;
use super::usage::{Usage, tokens};
use super::{Launch, NotReady, Request};

/// The model for requests that name none. Left to itself, it asks another model for each prompt
/// which one to use.
const MODEL: &str = "gemini-2.5-pro";
/// A file of the image: with another `GOOGLE_GEMINI_BASE_URL` it takes a key only if a file says
/// so, and updates and statistics are turned off there too.
const SETTINGS: [(&str, &str); 1] =
    [("GEMINI_CLI_SYSTEM_SETTINGS_PATH", "/opt/sandboxd/agents/gemini/settings.json")];

pub(super) fn launch(request: &Request<'_>) -> Result<Launch, NotReady> {
    request.key(Agent::Gemini)?;
    // The sandbox is what holds it.
    let mut argv = words(&["gemini", "--output-format=stream-json", "--yolo", "--skip-trust"]);
    match request.model {
        Some(model) => argv.push(format!("--model={model}")),
        None if request.has("GEMINI_MODEL") => {}
        None => argv.push(format!("--model={MODEL}")),
    }
    if let Some(session) = request.session {
        argv.push(format!("--resume={session}"));
    }
    argv.push(format!("--prompt={}", request.prompt));
    Ok(request.launch(argv, &SETTINGS))
}

/// What a line means; `None` if it isn't one of Gemini CLI's.
pub(super) fn read(reader: &mut Reader, line: &Value) -> Option<Vec<Piece>> {
    let kind = line["type"].as_str()?;
    if kind == "message" && line["role"] == "assistant" {
        return Some(said(reader, line["content"].as_str()?, line["delta"] == true));
    }
    let read = match kind {
        "init" => {
            let mut pieces = Vec::from_iter(reader.session(&line["session_id"]));
            pieces.push(status("started", line["model"].as_str()));
            pieces
        }
        // Its own prompt, given back.
        "message" => vec![status("working", None)],
        "tool_use" => vec![call(reader, line)?],
        "tool_result" => vec![outcome(reader, line)],
        "error" => {
            vec![status(line["severity"].as_str().unwrap_or(kind), line["message"].as_str())]
        }
        "result" => result(reader, line),
        _ => return None,
    };
    let mut pieces = reader.end_message();
    pieces.extend(read);
    Some(pieces)
}

fn said(reader: &mut Reader, text: &str, part: bool) -> Vec<Piece> {
    if part {
        return reader.part(text);
    }
    let mut pieces = reader.end_message();
    pieces.push(reader.message(text));
    pieces
}

fn call(reader: &mut Reader, line: &Value) -> Option<Piece> {
    let (tool, id) = (line["tool_name"].as_str()?, line["tool_id"].as_str());
    reader.begin_call(id.unwrap_or_default(), tool);
    let input = &line["parameters"];
    let title = ["description", "file_path", "command", "pattern"];
    let title = title.iter().find_map(|name| input[*name].as_str());
    let (status, input) = (Some("running"), Some(input));
    Some(Tool { tool, call_id: id, title, status, input, output: None }.piece())
}

fn outcome(reader: &mut Reader, line: &Value) -> Piece {
    let id = line["tool_id"].as_str();
    let tool = reader.end_call(id.unwrap_or_default());
    let status = if line["status"] == "success" { "completed" } else { "error" };
    Tool {
        tool: &tool,
        call_id: id,
        status: Some(status),
        output: line["output"].as_str().or_else(|| line["error"]["message"].as_str()),
        ..Tool::default()
    }
    .piece()
}

fn result(reader: &mut Reader, line: &Value) -> Vec<Piece> {
    let told = if line["status"] == "success" {
        status("finished", None)
    } else {
        let reason = line["error"]["message"].as_str();
        reader.fail(reason.unwrap_or_default());
        status("error", reason)
    };
    let stats = &line["stats"];
    let cached = tokens(&stats["cached"]);
    let usage = Usage {
        input: tokens(&stats["input_tokens"]).saturating_sub(cached),
        output: tokens(&stats["output_tokens"]),
        cache_read: stats["cached"].as_u64(),
        cost: None,
        turns: None,
    };
    vec![told, reader.used(&usage)]
}

#[cfg(test)]
#[path = "gemini_tests.rs"]
mod tests;
