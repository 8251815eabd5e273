//! Which of an agent's tools does a step, and with which arguments.

use serde_json::{Map, Value, json};

use super::script::Step;
use super::turn::Reply;

/// A tool as an agent describes it.
#[derive(Debug)]
pub(super) struct ToolDef {
    pub(super) name: String,
    /// The JSON schema of its arguments.
    pub(super) schema: Value,
}

/// Tools that write a file, of the agents that there are adapters for.
const WRITE: [&str; 3] = ["write", "Write", "write_file"];
/// Tools that run a command.
const SHELL: [&str; 5] = ["bash", "Bash", "shell", "exec_command", "run_shell_command"];
/// Where agents work. Some tools take no other paths.
const FOLDER: &str = "/home/sandbox/app";

/// The call that does a step; `None` if no tool can.
pub(super) fn call(tools: &[ToolDef], step: &Step) -> Option<Reply> {
    let find = |names: &[&str]| tools.iter().find(|tool| names.contains(&tool.name.as_str()));
    if let (Step::Write(path, text), Some(tool)) = (step, find(&WRITE)) {
        return Some(reply(tool, &[("path", &format!("{FOLDER}/{path}")), ("content", text)]));
    }
    let command = match step {
        Step::Run(command) => command.clone(),
        Step::Write(path, text) => {
            let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
            format!("printf %s {} > {}", quoted(text), quoted(path))
        }
    };
    Some(reply(find(&SHELL)?, &[("command", &command)]))
}

fn reply(tool: &ToolDef, wanted: &[(&str, &str)]) -> Reply {
    let required: Vec<&str> = match &tool.schema["required"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut arguments = Map::new();
    let empty = Map::new();
    for (name, schema) in tool.schema["properties"].as_object().unwrap_or(&empty) {
        let meaning = match name.as_str() {
            "path" | "filePath" | "file_path" => "path",
            "content" => "content",
            "command" | "cmd" => "command",
            _ => "",
        };
        let value = wanted.iter().find(|(wanted, _)| *wanted == meaning).map(|(_, value)| *value);
        match (value, schema["type"].as_str()) {
            (Some(command), Some("array")) => {
                arguments.insert(name.clone(), json!(["bash", "-c", command]));
            }
            (Some(text), _) => {
                arguments.insert(name.clone(), text.into());
            }
            (None, kind) if required.contains(&name.as_str()) => {
                arguments.insert(name.clone(), any(kind));
            }
            (None, _) => {}
        }
    }
    Reply::Call { name: tool.name.clone(), arguments: Value::Object(arguments) }
}

/// Some value of a type.
fn any(kind: Option<&str>) -> Value {
    match kind {
        Some("number" | "integer") => json!(1),
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!("a step of the task"),
    }
}
