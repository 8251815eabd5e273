//! What a request was done to: the ids in its path, by kind.

use serde_json::{Map, Value};
use ulid::Ulid;

/// The longest name that is kept; longer ones are no names of ours.
const NAME_MAX: usize = 256;

/// The ids of `path`, where `route` has its parameters.
pub(super) fn of(route: &str, path: &str) -> Map<String, Value> {
    let mut found = Map::new();
    let mut folder = "";
    for (part, given) in route.split('/').zip(path.split('/')) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            None => folder = part,
            Some(parameter) => {
                if let Some(value) = canonical(given) {
                    found.insert(kind(folder, parameter).to_owned(), value.into());
                }
            }
        }
    }
    found
}

/// What an id after `folder` is called.
fn kind<'a>(folder: &str, parameter: &'a str) -> &'a str {
    match folder {
        "apps" => "app_id",
        "sandboxes" => "sandbox_id",
        "snapshots" => "snapshot_id",
        "operations" => "operation_id",
        "tasks" => "task_id",
        "webhooks" => "webhook_id",
        "preview-tokens" => "preview_token_id",
        "config" => "key",
        _ => parameter,
    }
}

/// An id in upper case, or a plain name. What else a client sends is no name of anything.
fn canonical(text: &str) -> Option<String> {
    if let Ok(id) = Ulid::from_string(&text.to_ascii_uppercase()) {
        return Some(id.to_string());
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let is_name = (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(plain);
    is_name.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_named_and_in_upper_case() {
        let id = "01jd4x8qk3m5n7p9r1s3t5v7w9";
        let upper = id.to_ascii_uppercase();
        let of = |route, path: &str| Value::Object(of(route, path));
        let fork = of("/v1/apps/{id}/fork", &format!("/v1/apps/{id}/fork"));
        assert_eq!(fork, json!({ "app_id": upper }));
        let task = of("/v1/sandboxes/{id}/tasks/{tid}", &format!("/v1/sandboxes/{id}/tasks/{id}"));
        assert_eq!(task, json!({ "sandbox_id": upper, "task_id": upper }));
        let config = of("/v1/apps/{id}/config/{key}", "/v1/apps/x/config/DB.URL");
        assert_eq!(config, json!({ "app_id": "x", "key": "DB.URL" }));
        assert_eq!(of("/v1/apps/{id}", "/v1/apps/%3Cscript%3E"), json!({}));
        assert_eq!(of("/v1/apps", "/v1/apps"), json!({}));
    }
}
