//! How the app is built, as the sandbox tells it.

use serde_json::{Value, json};

use crate::harness::Workspace;

fn build(files: &[(&str, &str)]) -> Value {
    let workspace =
        files.iter().fold(Workspace::new(), |all, (name, text)| all.app_file(name, text));
    let init = workspace.start();
    let mut answer = init.ask(&json!({"v": 1, "op": "build_command"}));
    assert_eq!(answer["ok"], true, "{answer}");
    let [command, source, error] = ["command", "source", "error"].map(|field| answer[field].take());
    json!([command, source, error])
}

#[test]
fn it_is_what_sandbox_yaml_says_else_the_script() {
    let yaml = ("sandbox.yaml", "command: 'sleep 1000'\nbuild: make all\n");
    let package = ("package.json", r#"{"scripts":{"build":"vite build"}}"#);
    assert_eq!(build(&[yaml, package]), json!([["sh", "-c", "make all"], "sandbox.yaml", null]));
    assert_eq!(build(&[package]), json!([["npm", "run", "build"], "package.json", null]));
    let pnpm = build(&[package, ("pnpm-lock.yaml", ""), ("node_modules/x", "")]);
    assert_eq!(pnpm, json!([["pnpm", "run", "build"], "package.json", null]));
    assert_eq!(build(&[("index.html", "")]), json!([null, null, null]));
}

#[test]
fn what_cannot_be_understood_is_told() {
    let answer = build(&[("sandbox.yaml", "build: [a")]);
    assert_eq!((&answer[0], &answer[1]), (&Value::Null, &Value::Null));
    assert!(answer[2].as_str().unwrap().contains("sandbox.yaml: line 1"), "{answer}");
}
