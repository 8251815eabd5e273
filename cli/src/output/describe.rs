//! What an operation came to, by its kind.

use serde_json::Value;

use super::{Table, bytes, clean, clean_block, duration, text_of};

/// The result of an operation that has ended, or where it is.
pub(crate) fn describe(operation: &Value) -> String {
    let result = &operation["result"];
    let kind = operation["kind"].as_str().unwrap_or_default();
    if operation["status"] != "succeeded" {
        return lines(&[
            ("operation", text_of(operation, "id")),
            ("kind", kind.to_owned()),
            ("status", text_of(operation, "status")),
        ]);
    }
    match kind {
        "sandbox.create" | "sandbox.start" | "sandbox.stop" => sandbox_fields(&result["sandbox"]),
        "snapshot.capture" => snapshot_fields(&result["snapshot"]),
        "app.restore" => restored(operation),
        "app.fork" | "app.explore" => children(&result["children"]),
        "task.run" => task(&result["task"]),
        _ => lines(&[("operation", text_of(operation, "id")), ("done", kind.to_owned())]),
    }
}

/// `key: value` lines, those without a value aside.
pub(crate) fn lines(fields: &[(&str, String)]) -> String {
    let given = fields.iter().filter(|(_, value)| !value.is_empty());
    let width = given.clone().map(|(name, _)| name.len()).max().unwrap_or(0);
    given
        .map(|(name, value)| {
            format!("{:width$}  {}\n", format!("{name}:"), clean(value), width = width + 1)
        })
        .collect()
}

/// A sandbox as lines.
pub(crate) fn sandbox_fields(sandbox: &Value) -> String {
    let preview = &sandbox["preview"];
    lines(&[
        ("sandbox", text_of(sandbox, "id")),
        ("app", text_of(sandbox, "app_id")),
        ("status", text_of(sandbox, "status")),
        ("reason", text_of(sandbox, "status_reason")),
        ("url", text_of(preview, "url")),
        ("preview", text_of(preview, "status")),
        ("visibility", text_of(sandbox, "visibility")),
        ("template", text_of(sandbox, "template")),
        ("idle", format!("{} {}", text_of(sandbox, "idle_policy"), text_of(sandbox, "idle_after"))),
        ("operation", text_of(sandbox, "active_operation_id")),
        ("task", text_of(sandbox, "active_task_id")),
    ])
}

/// A snapshot as lines.
pub(crate) fn snapshot_fields(snapshot: &Value) -> String {
    lines(&[
        ("snapshot", text_of(snapshot, "id")),
        ("name", text_of(snapshot, "name")),
        ("status", text_of(snapshot, "status")),
        ("kind", text_of(snapshot, "kind")),
        ("app", text_of(snapshot, "source_app_id")),
        ("parent", text_of(snapshot, "parent_snapshot_id")),
        ("size", bytes(snapshot["size_bytes"].as_u64())),
        ("only its own", bytes(snapshot["unique_bytes"].as_u64())),
        ("task", text_of(snapshot, "task_id")),
    ])
}

/// A task as lines.
pub(crate) fn task(task: &Value) -> String {
    let files = task["files_changed"].as_array().map(|files| {
        let names: Vec<&str> = files.iter().filter_map(Value::as_str).collect();
        format!("{} ({})", names.len(), names.join(", "))
    });
    let head = lines(&[
        ("task", text_of(task, "id")),
        ("sandbox", text_of(task, "sandbox_id")),
        ("agent", text_of(task, "agent")),
        ("model", text_of(task, "model")),
        ("status", text_of(task, "status")),
        ("reason", text_of(task, "failure_reason")),
        ("error", text_of(task, "error_message")),
        ("took", duration(task["duration_ms"].as_u64())),
        ("changed", files.unwrap_or_default()),
        ("build", text_of(task, "build_ok").replace("true", "ok").replace("false", "fails")),
        ("undo", undo(task)),
    ]);
    match task["agent_message_final"].as_str().map(str::trim) {
        Some(message) if !message.is_empty() => format!("{head}\n{}\n", clean_block(message)),
        _ => head,
    }
}

fn undo(task: &Value) -> String {
    if task["checkpoint_before"].is_null() {
        return String::new();
    }
    format!("sandboxctl tasks undo {}", text_of(task, "id"))
}

fn restored(operation: &Value) -> String {
    let result = &operation["result"];
    let kept = text_of(result, "safety_snapshot_id");
    let back = if kept.is_empty() {
        String::new()
    } else {
        format!("sandboxctl snapshots restore {kept}")
    };
    sandbox_fields(&result["sandbox"]) + &lines(&[("undo", back)])
}

fn children(children: &Value) -> String {
    let mut table = Table::new(&["APP", "NAME", "SANDBOX", "STATUS", "URL"]);
    for child in children.as_array().into_iter().flatten() {
        let (app, sandbox) = (&child["app"], &child["sandbox"]);
        table.row(vec![
            text_of(app, "id"),
            text_of(app, "name"),
            text_of(sandbox, "id"),
            text_of(sandbox, "status"),
            text_of(&sandbox["preview"], "url"),
        ]);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_restore_says_how_it_is_undone() {
        let operation = json!({
            "id": "01A", "kind": "app.restore", "status": "succeeded",
            "result": { "sandbox": { "id": "01B", "status": "running" }, "safety_snapshot_id": "01C" },
        });
        let said = describe(&operation);
        assert!(said.contains("sandbox:") && said.contains("01B"), "{said}");
        assert!(said.contains("sandboxctl snapshots restore 01C"), "{said}");
    }

    #[test]
    fn forks_are_a_table_and_a_task_a_page() {
        let child = json!({
            "app": { "id": "01A", "name": "Shop (fork)" },
            "sandbox": { "id": "01B", "status": "running", "preview": { "url": "http://s" } },
        });
        let fork =
            json!({ "kind": "app.fork", "status": "succeeded", "result": { "children": [child] } });
        assert!(describe(&fork).lines().nth(1).unwrap().contains("Shop (fork)"));
        let task = json!({
            "kind": "task.run", "status": "succeeded", "result": { "task": {
                "id": "01T", "status": "succeeded", "files_changed": ["a", "b"], "build_ok": true,
                "checkpoint_before": "01C", "agent_message_final": "Done\u{1b}[2J\nall",
            } },
        });
        let said = describe(&task);
        for part in ["2 (a, b)", "build:    ok", "tasks undo 01T", "Done·[2J\nall"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
