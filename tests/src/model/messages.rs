//! Anthropic's messages, `/v1/messages`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::tools::ToolDef;
use super::turn::{Reply, Turn, items, texts};
use super::{TOKENS, sse};

pub(super) fn read(body: &Value) -> Turn {
    let mut turn = Turn { stream: body["stream"] == true, ..Turn::default() };
    body["model"].as_str().unwrap_or_default().clone_into(&mut turn.model);
    let messages = items(&body["messages"]).iter();
    for message in messages.filter(|message| message["role"] == "user") {
        let parts = items(&message["content"]).iter();
        let results: Vec<&Value> = parts.filter(|part| part["type"] == "tool_result").collect();
        if results.is_empty() {
            texts(&message["content"]).iter().for_each(|text| turn.said(text));
        }
        turn.results.extend(results.iter().map(|part| texts(&part["content"]).concat()));
    }
    turn.tools = items(&body["tools"])
        .iter()
        .filter_map(|tool| {
            let name = tool["name"].as_str()?.to_owned();
            Some(ToolDef { name, schema: tool["input_schema"].clone() })
        })
        .collect();
    turn
}

pub(super) fn answer(turn: &Turn, reply: &Reply, id: &str) -> Response {
    let (block, reason) = match reply {
        Reply::Text(text) => (json!({ "type": "text", "text": text }), "end_turn"),
        Reply::Call { name, arguments } => {
            let id = format!("toolu_{id}");
            let call = json!({ "type": "tool_use", "id": id, "name": name, "input": arguments });
            (call, "tool_use")
        }
    };
    let (input, cached, output) = TOKENS;
    // Anthropic counts what came from the cache beside the rest.
    let usage = json!({ "input_tokens": input - cached, "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": 0, "output_tokens": output });
    let message = |content: Value, reason: Option<&str>| {
        json!({ "id": format!("msg_{id}"), "type": "message", "role": "assistant",
            "model": turn.model, "content": content, "stop_reason": reason,
            "stop_sequence": null, "usage": usage })
    };
    if !turn.stream {
        return Json(message(json!([block]), Some(reason))).into_response();
    }
    let mut begun = block;
    let delta = match reply {
        Reply::Text(text) => {
            begun["text"] = "".into();
            json!({ "type": "text_delta", "text": text })
        }
        Reply::Call { arguments, .. } => {
            begun["input"] = json!({});
            json!({ "type": "input_json_delta", "partial_json": arguments.to_string() })
        }
    };
    sse::named(&[
        json!({ "type": "message_start", "message": message(json!([]), None) }),
        json!({ "type": "content_block_start", "index": 0, "content_block": begun }),
        json!({ "type": "content_block_delta", "index": 0, "delta": delta }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "usage": { "output_tokens": output },
            "delta": { "stop_reason": reason, "stop_sequence": null } }),
        json!({ "type": "message_stop" }),
    ])
}
