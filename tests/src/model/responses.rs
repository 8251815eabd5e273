//! OpenAI's responses, `/v1/responses`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::tools::ToolDef;
use super::turn::{Reply, Turn, items, texts};
use super::{TOKENS, sse};

pub(super) fn read(body: &Value) -> Turn {
    let mut turn = Turn { stream: body["stream"] == true, ..Turn::default() };
    body["model"].as_str().unwrap_or_default().clone_into(&mut turn.model);
    if let Some(text) = body["input"].as_str() {
        turn.said(text);
    }
    for item in items(&body["input"]) {
        match (item["type"].as_str(), item["role"].as_str()) {
            (_, Some("user")) => texts(&item["content"]).iter().for_each(|text| turn.said(text)),
            (Some("function_call_output"), _) => {
                turn.results.push(texts(&item["output"]).concat());
            }
            _ => {}
        }
    }
    turn.tools = items(&body["tools"])
        .iter()
        .filter(|tool| tool["type"] == "function")
        .filter_map(|tool| {
            let name = tool["name"].as_str()?.to_owned();
            Some(ToolDef { name, schema: tool["parameters"].clone() })
        })
        .collect();
    turn
}

pub(super) fn answer(turn: &Turn, reply: &Reply, id: &str) -> Response {
    let (begun, done) = match reply {
        Reply::Text(text) => {
            let content = json!([{ "type": "output_text", "text": text, "annotations": [] }]);
            let item = |status: &str, content: Value| {
                json!({ "type": "message", "id": format!("msg_{id}"), "role": "assistant",
                    "status": status, "content": content })
            };
            (item("in_progress", json!([])), item("completed", content))
        }
        Reply::Call { name, arguments } => {
            let item = |status: &str, arguments: &str| {
                json!({ "type": "function_call", "id": format!("fc_{id}"), "name": name,
                    "call_id": format!("call_{id}"), "arguments": arguments, "status": status })
            };
            (item("in_progress", ""), item("completed", &arguments.to_string()))
        }
    };
    let (input, cached, output) = TOKENS;
    let usage = json!({ "input_tokens": input, "output_tokens": output,
        "input_tokens_details": { "cached_tokens": cached },
        "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": input + output });
    let whole = |status: &str, output: Value| {
        json!({ "id": format!("resp_{id}"), "object": "response", "created_at": 1,
            "status": status, "model": turn.model, "output": output })
    };
    let mut completed = whole("completed", json!([done]));
    completed["usage"] = usage;
    if !turn.stream {
        return Json(completed).into_response();
    }
    let mut events = vec![
        json!({ "type": "response.created", "response": whole("in_progress", json!([])) }),
        json!({ "type": "response.output_item.added", "output_index": 0, "item": begun }),
    ];
    events.extend(parts(reply, &done["id"]));
    events.push(json!({ "type": "response.output_item.done", "output_index": 0, "item": done }));
    events.push(json!({ "type": "response.completed", "response": completed }));
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = number.into();
    }
    sse::named(&events)
}

/// What tells an item's content while it comes.
fn parts(reply: &Reply, id: &Value) -> Vec<Value> {
    let event = |kind: &str, rest: Value| {
        let mut event = json!({ "type": format!("response.{kind}"), "item_id": id,
            "output_index": 0 });
        for (name, value) in rest.as_object().into_iter().flatten() {
            event[name] = value.clone();
        }
        event
    };
    match reply {
        Reply::Text(text) => {
            let part = json!({ "type": "output_text", "text": "", "annotations": [] });
            vec![
                event("content_part.added", json!({ "content_index": 0, "part": part })),
                event("output_text.delta", json!({ "content_index": 0, "delta": text })),
                event("output_text.done", json!({ "content_index": 0, "text": text })),
            ]
        }
        Reply::Call { arguments, .. } => {
            let text = arguments.to_string();
            vec![
                event("function_call_arguments.delta", json!({ "delta": text })),
                event("function_call_arguments.done", json!({ "arguments": text })),
            ]
        }
    }
}
