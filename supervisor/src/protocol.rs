//! The messages of the socket; PROTOCOL.md is their description.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The version spoken; a request with another is refused.
pub(crate) const VERSION: u64 = 1;
/// Longest request, bytes without its newline.
pub(crate) const MAX_REQUEST: usize = 64 * 1024;
/// The same for the operations that may need more.
pub(crate) const MAX_LONG_REQUEST: usize = 1024 * 1024;
/// The same for a task, whose prompt may be long: the longest of all.
pub(crate) const MAX_TASK_REQUEST: usize = 2 * 1024 * 1024;

/// One request: its operation, and whatever that takes.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) op: String,
    pub(crate) arguments: Map<String, Value>,
}

impl Request {
    /// The operation of a request that may be too long to be taken apart.
    pub(crate) fn op_of(line: &[u8]) -> Option<String> {
        #[derive(Deserialize)]
        struct Head {
            op: String,
        }
        serde_json::from_slice::<Head>(line).ok().map(|head| head.op)
    }

    /// Parses one line. The version is judged before the rest, which another version may change.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, Refusal> {
        let mut arguments: Map<String, Value> = serde_json::from_slice(line)
            .map_err(|error| Refusal::new("invalid_request", format!("not an object: {error}")))?;
        if arguments.remove("v").and_then(|version| version.as_u64()) != Some(VERSION) {
            return Err(Refusal::new("unsupported_version", format!("v must be {VERSION}")));
        }
        match arguments.remove("op") {
            Some(Value::String(op)) => Ok(Self { op, arguments }),
            _ => Err(Refusal::new("invalid_request", "op must be a string")),
        }
    }

    /// The operation's own arguments.
    pub(crate) fn arguments<'a, T: Deserialize<'a>>(self) -> Result<T, Refusal> {
        T::deserialize(Value::Object(self.arguments))
            .map_err(|error| Refusal::new("invalid_request", error.to_string()))
    }
}

/// An operation that takes nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoArguments {}

/// An error as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Refusal {
    /// Stable; one of those in PROTOCOL.md.
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// An answer's body: fields beside `v` and `ok`.
pub(crate) type Answer = Result<Map<String, Value>, Refusal>;

/// A serialisable struct as an answer's body.
pub(crate) fn body(answer: &impl Serialize) -> Answer {
    match serde_json::to_value(answer) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(Refusal::new("internal", "the answer isn't an object")),
        Err(error) => Err(Refusal::new("internal", error.to_string())),
    }
}

/// The answer as one line with its newline.
pub(crate) fn line(answer: Answer) -> Vec<u8> {
    #[derive(Serialize)]
    struct Line {
        v: u64,
        ok: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<Refusal>,
        #[serde(flatten)]
        body: Map<String, Value>,
    }
    let line = match answer {
        Ok(body) => Line { v: VERSION, ok: true, error: None, body },
        Err(error) => Line { v: VERSION, ok: false, error: Some(error), body: Map::new() },
    };
    let mut bytes = serde_json::to_vec(&line).expect("invariant: maps with text keys serialise");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &str) -> &'static str {
        Request::parse(line.as_bytes()).unwrap_err().code
    }

    #[test]
    fn a_request_is_taken_apart() {
        let request = Request::parse(br#"{"v":1,"op":"logs","bytes":3}"#).unwrap();
        assert_eq!((request.op.as_str(), request.arguments.len()), ("logs", 1));
        assert!(request.arguments::<NoArguments>().is_err(), "a field too many");
    }

    #[test]
    fn malformed_requests_say_what_is_wrong() {
        assert_eq!(code("{"), "invalid_request");
        assert_eq!(code("[]"), "invalid_request");
        assert_eq!(code(r#"{"v":2,"op":"status"}"#), "unsupported_version");
        assert_eq!(code(r#"{"v":1}"#), "invalid_request");
        assert_eq!(code(&"[".repeat(10_000)), "invalid_request");
    }

    #[test]
    fn answers_are_single_lines() {
        let text = String::from_utf8(line(Err(Refusal::new("busy", "a\nb")))).unwrap();
        assert_eq!(
            text,
            "{\"v\":1,\"ok\":false,\"error\":{\"code\":\"busy\",\"message\":\"a\\nb\"}}\n"
        );
        assert_eq!(line(Ok(Map::new())), b"{\"v\":1,\"ok\":true}\n");
    }
}
