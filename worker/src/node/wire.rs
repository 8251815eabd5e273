//! What `sandbox-init` answers (supervisor/PROTOCOL.md), and what clients are told of its errors.
//! Its texts are the sandbox's and go nowhere.

use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::failure::NodeError;

/// An answer line, or the payload of a last frame.
#[derive(Debug, Deserialize)]
struct Answer {
    ok: Option<bool>,
    error: Option<Refusal>,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    code: String,
}

/// What the sandbox answered, if it is no error.
pub(super) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, NodeError> {
    let value: Value = serde_json::from_slice(text).map_err(NodeError::unreadable)?;
    let answer = Answer::deserialize(&value).map_err(NodeError::unreadable)?;
    match answer.error {
        Some(Refusal { code }) => Err(refusal(&code)),
        None if answer.ok == Some(false) => Err(NodeError::unreadable("an error without a code")),
        None => T::deserialize(value).map_err(NodeError::unreadable),
    }
}

/// What a client is told of an error code.
fn refusal(code: &str) -> NodeError {
    match code {
        "not_found" => {
            let body = ErrorBody::new(ErrorCode::NotFound, "path: there is no such file");
            NodeError::Refused(body.with_details(json!({ "field": "path" })))
        }
        "not_a_file" => NodeError::field("path", "is not a regular file"),
        "not_a_directory" => {
            NodeError::field("path", "is not a directory, or leads through a file")
        }
        "is_the_root" => NodeError::field("path", "must not be the app folder itself"),
        "outside" => NodeError::field("path", "leads out of the app folder"),
        "not_empty" => conflict("the directory is not empty; delete it with recursive=true"),
        "not_permitted" => conflict("the sandbox's user may not do that with this file"),
        "too_large" => NodeError::too_large("it is larger than can be transferred"),
        "no_space" => NodeError::busy("the sandbox's disk is full; delete files and try again"),
        "busy" => NodeError::busy(
            "the sandbox has no room for it now: close streams or end programs, then try again",
        ),
        "invalid_request" => NodeError::Refused(ErrorBody::new(
            ErrorCode::InvalidRequest,
            "the sandbox can't do this with what it was given",
        )),
        _ => NodeError::unreadable("an error of the sandbox's own"),
    }
}

fn conflict(message: &str) -> NodeError {
    NodeError::Refused(ErrorBody::new(ErrorCode::Conflict, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandboxs_words_go_no_further() {
        let text = br#"{"v":1,"ok":false,"error":{"code":"not_found","message":"<script>"}}"#;
        let Err(NodeError::Refused(body)) = read::<Value>(text) else { panic!("an error") };
        assert_eq!(body.code, ErrorCode::NotFound);
        assert!(!body.message.contains("script"));
        for bad in [&b""[..], b"[]", b"{\"ok\":false}", b"{\"error\":{\"code\":\"<x>\"}}", b"\xff"]
        {
            assert!(matches!(read::<Value>(bad), Err(NodeError::NoAnswer(_))), "{bad:?}");
        }
    }
}
