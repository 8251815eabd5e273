//! OpenAI's chat completions, `/v1/chat/completions`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::tools::ToolDef;
use super::turn::{Reply, Turn, items, texts};
use super::{TOKENS, sse};

pub(super) fn read(body: &Value) -> Turn {
    let mut turn = Turn { stream: body["stream"] == true, ..Turn::default() };
    body["model"].as_str().unwrap_or_default().clone_into(&mut turn.model);
    for message in items(&body["messages"]) {
        match message["role"].as_str() {
            Some("user") => texts(&message["content"]).iter().for_each(|text| turn.said(text)),
            Some("tool") => turn.results.push(texts(&message["content"]).concat()),
            _ => {}
        }
    }
    turn.tools = items(&body["tools"])
        .iter()
        .map(|tool| &tool["function"])
        .filter_map(|tool| {
            let name = tool["name"].as_str()?.to_owned();
            Some(ToolDef { name, schema: tool["parameters"].clone() })
        })
        .collect();
    turn
}

pub(super) fn answer(turn: &Turn, reply: &Reply, id: &str) -> Response {
    let (message, reason) = match reply {
        Reply::Text(text) => (json!({ "role": "assistant", "content": text }), "stop"),
        Reply::Call { name, arguments } => {
            let function = json!({ "name": name, "arguments": arguments.to_string() });
            let call = json!({ "index": 0, "id": format!("call_{id}"), "type": "function",
                "function": function });
            (json!({ "role": "assistant", "content": null, "tool_calls": [call] }), "tool_calls")
        }
    };
    let (input, cached, output) = TOKENS;
    let usage = json!({ "prompt_tokens": input, "completion_tokens": output,
        "total_tokens": input + output, "prompt_tokens_details": { "cached_tokens": cached } });
    let whole = |object: &str, choices: Value| {
        json!({ "id": id, "object": object, "created": 1, "model": turn.model,
            "choices": choices })
    };
    if !turn.stream {
        let choices = json!([{ "index": 0, "message": message, "finish_reason": reason }]);
        let mut answer = whole("chat.completion", choices);
        answer["usage"] = usage;
        return Json(answer).into_response();
    }
    let chunk = |delta: Value, reason: Option<&str>| {
        let choices = json!([{ "index": 0, "delta": delta, "finish_reason": reason }]);
        whole("chat.completion.chunk", choices)
    };
    let mut last = whole("chat.completion.chunk", json!([]));
    last["usage"] = usage;
    sse::plain(&[chunk(message, None), chunk(json!({}), Some(reason)), last], "data: [DONE]\n\n")
}
