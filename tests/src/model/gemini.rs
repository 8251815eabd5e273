//! Google's `/v1beta/models/{model}:streamGenerateContent` and `:generateContent`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::tools::ToolDef;
use super::turn::{Reply, Turn, items};
use super::{TOKENS, sse};

/// `action` is the end of the path, a model's name and what is wanted of it.
pub(super) fn read(body: &Value, action: &str) -> Turn {
    let (model, verb) = action.split_once(':').unwrap_or((action, ""));
    let stream = verb.starts_with("stream");
    let mut turn = Turn { model: model.to_owned(), stream, ..Turn::default() };
    let contents = items(&body["contents"]).iter();
    for content in contents.filter(|content| content["role"] != "model") {
        for part in items(&content["parts"]) {
            if let Some(text) = part["text"].as_str() {
                turn.said(text);
            } else if let Some(response) = part["functionResponse"].get("response") {
                let said =
                    response["output"].as_str().map_or_else(|| response.to_string(), str::to_owned);
                turn.results.push(said);
            }
        }
    }
    let tools = items(&body["tools"]).iter();
    turn.tools = tools
        .flat_map(|tool| items(&tool["functionDeclarations"]))
        .filter_map(|tool| {
            let schema = tool.get("parametersJsonSchema").unwrap_or(&tool["parameters"]);
            Some(ToolDef { name: tool["name"].as_str()?.to_owned(), schema: schema.clone() })
        })
        .collect();
    turn
}

pub(super) fn answer(turn: &Turn, reply: &Reply) -> Response {
    let part = match reply {
        Reply::Text(text) => json!({ "text": text }),
        Reply::Call { name, arguments } => {
            json!({ "functionCall": { "name": name, "args": arguments } })
        }
    };
    let (input, cached, output) = TOKENS;
    let answer = json!({
        "candidates": [{ "index": 0, "finishReason": "STOP",
            "content": { "role": "model", "parts": [part] } }],
        "usageMetadata": { "promptTokenCount": input, "candidatesTokenCount": output,
            "totalTokenCount": input + output, "cachedContentTokenCount": cached },
        "modelVersion": turn.model,
    });
    if turn.stream { sse::plain(&[answer], "") } else { Json(answer).into_response() }
}
