//! The MCP server's tools, on a real sandbox.

use std::time::Duration;

use sandboxd_tests::Stack;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::ctl::Ctl;

const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_makes_an_app_works_in_it_and_goes_back() {
    let stack = Stack::start().await.unwrap();
    let ctl = Ctl::of(&stack);
    let mut server = ctl.start(&["mcp"]);
    let mut to = server.stdin.take().unwrap();
    let mut from = BufReader::new(server.stdout.take().unwrap()).lines();
    let mut asked = 0;
    let mut ask = async |method: &str, params: Value| -> Value {
        asked += 1;
        let message = json!({ "jsonrpc": "2.0", "id": asked, "method": method, "params": params });
        to.write_all(format!("{message}\n").as_bytes()).await.unwrap();
        if method == "initialize" {
            let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
            to.write_all(format!("{ready}\n").as_bytes()).await.unwrap();
        }
        let line = tokio::time::timeout(LIMIT, from.next_line()).await.expect("it answers");
        let answer: Value = serde_json::from_str(&line.unwrap().unwrap()).unwrap();
        assert_eq!(answer["id"], asked, "{answer:#}");
        answer["result"].clone()
    };
    let client = json!({ "name": "suite", "version": "1" });
    let hello =
        json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
    ask("initialize", hello).await;
    let mut call = async |tool: &str, arguments: Value| -> String {
        let result = ask("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        assert_ne!(result["isError"], true, "{tool}: {result:#}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    };
    call("create_app", json!({ "name": "shop", "template": "static" })).await;
    call("write_file", json!({ "app": "shop", "path": "a.txt", "content": "first" })).await;
    call("capture", json!({ "app": "shop", "name": "first" })).await;
    let command = json!({ "app": "shop", "command": "cat a.txt; echo second > a.txt; exit 2" });
    let ran: Value = serde_json::from_str(&call("exec", command).await).unwrap();
    assert_eq!((&ran["exit_code"], &ran["stdout"]), (&json!(2), &json!("first")), "{ran}");
    assert_eq!(call("read_file", json!({ "app": "shop", "path": "a.txt" })).await, "second\n");
    call("restore", json!({ "app": "shop", "snapshot": "first" })).await;
    assert_eq!(call("read_file", json!({ "app": "shop", "path": "a.txt" })).await, "first");
    let task = json!({
        "app": "shop", "prompt": "Tea", "agent": "command",
        "command": ["sh", "-c", "echo $SANDBOXD_PROMPT > tea.txt"],
    });
    let task: Value = serde_json::from_str(&call("run_task", task).await).unwrap();
    assert_eq!(task["result"]["task"]["files_changed"], json!(["tea.txt"]), "{task:#}");
    call("undo_task", json!({ "task": task["task_id"] })).await;
    let files = call("list_files", json!({ "app": "shop" })).await;
    assert!(files.contains("a.txt") && !files.contains("tea.txt"), "{files}");
}
