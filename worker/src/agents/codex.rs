//! Codex, `codex exec`: a thread with turns, and items in them that begin and end.

use sandboxd_shared::domain::Agent;
use serde_json::Value;

use super::launch::{with_prompt, words};
use super::piece::{Piece, Tool, status};
use super::reader::Reader;
use super::usage::{Usage, tokens};
use super::{Launch, NotReady, Request};

/// The model for requests that name none: the newest that codex 0.169.0 offers plain tools to,
/// which is what servers other than OpenAI's understand.
const MODEL: &str = "gpt-5.5";
/// A provider of our own: the built-in one asks chatgpt.com for models at each start and knows no
/// other place. `-c` would show an address of the app's config in argv, so a shell puts it in.
const SCRIPT: &str = concat!(
    r#"codex exec -c "model_providers.sandboxd.base_url="#,
    r#"\"${OPENAI_BASE_URL:-https://api.openai.com/v1}\"" "$@""#
);
/// Nothing but the model is talked to, and no copy of the environment goes into the workspace.
const CONFIG: [&str; 10] = [
    "model_provider=\"sandboxd\"",
    "model_providers.sandboxd.name=\"OpenAI\"",
    "model_providers.sandboxd.env_key=\"OPENAI_API_KEY\"",
    "model_providers.sandboxd.wire_api=\"responses\"",
    "check_for_update_on_startup=false",
    "analytics.enabled=false",
    "features.plugins=false",
    "features.apps=false",
    "features.remote_plugin=false",
    "features.shell_snapshot=false",
];

pub(super) fn launch(request: &Request<'_>) -> Result<Launch, NotReady> {
    request.key(Agent::Codex)?;
    let mut flags = words(&["--json", "--skip-git-repo-check"]);
    // The sandbox is what holds it.
    flags.push("--dangerously-bypass-approvals-and-sandbox".to_owned());
    flags.extend(CONFIG.iter().flat_map(|entry| words(&["-c", entry])));
    flags.extend(words(&["-m", request.model.unwrap_or(MODEL)]));
    if let Some(session) = request.session {
        flags.extend(words(&["resume", session]));
    }
    // The prompt comes on standard input.
    flags.push("-".to_owned());
    Ok(request.launch(with_prompt(request.prompt, SCRIPT, flags), &[]))
}

/// What a line means; `None` if it isn't one of codex'.
pub(super) fn read(reader: &mut Reader, line: &Value) -> Option<Vec<Piece>> {
    Some(match line["type"].as_str()? {
        "thread.started" => {
            let mut pieces = Vec::from_iter(reader.session(&line["thread_id"]));
            pieces.push(status("started", None));
            pieces
        }
        "turn.started" => vec![status("working", None)],
        "turn.completed" => vec![reader.used(&usage(&line["usage"]))],
        "turn.failed" => vec![failure(reader, line["error"]["message"].as_str())],
        // It may still go on: it also says so when it connects again.
        "error" => vec![status("error", line["message"].as_str())],
        "item.started" | "item.updated" => item(reader, &line["item"], "running")?,
        "item.completed" => item(reader, &line["item"], "completed")?,
        _ => return None,
    })
}

fn failure(reader: &mut Reader, reason: Option<&str>) -> Piece {
    reader.fail(reason.unwrap_or_default());
    status("error", reason)
}

/// An item that began or ended, as its line's type says.
fn item(reader: &mut Reader, item: &Value, phase: &str) -> Option<Vec<Piece>> {
    let done = phase == "completed";
    Some(match item["type"].as_str()? {
        "agent_message" if done => vec![reader.message(item["text"].as_str()?)],
        "agent_message" => Vec::new(),
        "reasoning" => vec![status("thinking", item["text"].as_str())],
        "error" => vec![status("warning", item["message"].as_str())],
        kind => vec![tool(item, kind, phase)],
    })
}

fn tool(item: &Value, kind: &str, phase: &str) -> Piece {
    let failed = matches!(item["status"].as_str(), Some("failed" | "declined"));
    let (title, input) = match kind {
        "command_execution" => (item["command"].as_str(), None),
        "file_change" => (None, Some(&item["changes"])),
        "mcp_tool_call" => (item["tool"].as_str(), Some(&item["arguments"])),
        "web_search" => (item["query"].as_str(), None),
        _ => (None, Some(item)),
    };
    Tool {
        tool: kind,
        call_id: item["id"].as_str(),
        title,
        status: Some(if failed { "error" } else { phase }),
        input,
        output: item["aggregated_output"].as_str().or_else(|| item["error"]["message"].as_str()),
    }
    .piece()
}

/// Of a session that goes on, codex tells the sums since the session began.
fn usage(used: &Value) -> Usage {
    let cached = tokens(&used["cached_input_tokens"]);
    Usage {
        input: tokens(&used["input_tokens"]).saturating_sub(cached),
        output: tokens(&used["output_tokens"]),
        cache_read: used["cached_input_tokens"].as_u64(),
        cost: None,
        turns: Some(1),
    }
}

#[cfg(test)]
#[path = "codex_tests.rs"]
mod tests;
