//! The Model Context Protocol as clients speak it: lines of JSON-RPC over standard input and output.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::support::{FakeNode, NODE, Server, WORKER, answer, in_time};

struct Client {
    _child: Child,
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
    asked: u64,
    /// What it was told that it hadn't asked for.
    told: Vec<Value>,
}

impl Client {
    async fn new(server: &Server) -> (Self, Value) {
        let mut child = server.ctl(&["mcp"]).start();
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let from = BufReader::new(from).lines();
        let mut client = Self { _child: child, to, from, asked: 0, told: Vec::new() };
        let hello = client
            .ask(
                "initialize",
                json!({
                    "protocolVersion": "2025-06-18", "capabilities": {},
                    "clientInfo": { "name": "suite", "version": "1" },
                }),
            )
            .await;
        client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        (client, hello)
    }

    async fn send(&mut self, message: &Value) {
        self.to.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    /// The result of a request.
    async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.send(&message).await;
        loop {
            let line = in_time(method, self.from.next_line()).await.unwrap().unwrap();
            let answer: Value = serde_json::from_str(&line).unwrap();
            if answer["id"] == id {
                return answer;
            }
            self.told.push(answer);
        }
    }

    /// Whether a tool failed, and its text.
    async fn call(&mut self, tool: &str, arguments: Value) -> (bool, String) {
        let params = json!({ "name": tool, "arguments": arguments });
        let answer = self.ask("tools/call", params).await;
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str();
        let text = text.unwrap_or_else(|| panic!("{tool}: {answer:#}")).to_owned();
        (result["isError"] == true, text)
    }

    /// The JSON of a tool that succeeds.
    async fn ok(&mut self, tool: &str, arguments: Value) -> Value {
        let (failed, text) = self.call(tool, arguments).await;
        assert!(!failed, "{tool}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{tool}: {text}"))
    }
}

#[tokio::test]
async fn tools_are_described_and_what_destroys_says_so() {
    let server = Server::idle().await;
    let (mut client, hello) = Client::new(&server).await;
    let info = &hello["result"];
    assert_eq!(info["serverInfo"]["name"], "sandboxd");
    assert_eq!(info["protocolVersion"], "2025-06-18");
    assert!(info["instructions"].as_str().unwrap().contains("wait_operation"));
    let listed = client.ask("tools/list", json!({})).await;
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let mut hints = BTreeMap::new();
    for tool in listed["result"]["tools"].as_array().unwrap() {
        let name = tool["name"].as_str().unwrap();
        assert!(tool["description"].as_str().unwrap().len() > 20, "{tool:#}");
        assert!(guide.contains(&format!("`{name}`")), "docs/cli.md: tell of {name}");
        let schema = &tool["inputSchema"];
        assert_eq!(schema["type"], "object", "{tool:#}");
        assert_eq!(schema["additionalProperties"], false, "{tool:#}");
        for (field, about) in schema["properties"].as_object().unwrap() {
            assert!(about["description"].is_string(), "{name} {field}");
        }
        let notes = &tool["annotations"];
        let is_safe = notes["readOnlyHint"] == true;
        // What isn't said counts as destructive.
        assert!(is_safe || notes["destructiveHint"].is_boolean(), "{name} says nothing");
        hints.insert(name.to_owned(), (is_safe, notes["destructiveHint"] == true));
    }
    for name in
        ["list_apps", "read_file", "list_files", "get_events", "preview_url", "wait_operation"]
    {
        assert!(hints[name].0, "{name} only reads");
    }
    for name in
        ["delete_app", "exec", "write_file", "delete_file", "restore", "run_task", "undo_task"]
    {
        assert_eq!(hints[name], (false, true), "{name} destroys");
    }
    for name in ["create_app", "capture", "fork", "start_sandbox", "stop_sandbox"] {
        assert_eq!(hints[name], (false, false), "{name} adds");
    }
}

#[tokio::test]
async fn an_agent_works_by_tools_alone() {
    let server = Server::new().await;
    let (mut client, _) = Client::new(&server).await;
    let made = client.ok("create_app", json!({ "name": "shop", "template": "static" })).await;
    assert_eq!(made["result"]["sandbox"]["status"], "running", "{made:#}");
    let app = made["app_id"].clone();
    let apps = client.ok("list_apps", json!({ "query": "sho", "limit": 5 })).await;
    assert_eq!(apps["apps"][0]["id"], app);
    let url = client.ok("preview_url", json!({ "app": "shop", "port": 3000 })).await;
    assert!(url["url"].as_str().unwrap().starts_with("http://s-"), "{url}");

    let captured = client.ok("capture", json!({ "app": "shop", "name": "first" })).await;
    assert_eq!(captured["status"], "succeeded");
    let task = client.ok("run_task", json!({ "app": "shop", "prompt": "Make it red" })).await;
    let task = task["result"]["task"].clone();
    assert_eq!(task["status"], "succeeded", "{task:#}");
    let same = client.ok("get_task", json!({ "task": task["id"] })).await;
    assert_eq!(same["id"], task["id"]);
    let snapshots = client.ok("list_snapshots", json!({ "app": app })).await;
    assert_eq!(snapshots["snapshots"][0]["name"], "first");
    let forked = client.ok("fork", json!({ "app": "shop", "snapshot": "first", "count": 2 })).await;
    assert_eq!(forked["result"]["children"].as_array().unwrap().len(), 2);
    let restored = client.ok("restore", json!({ "app": "shop", "snapshot": "first" })).await;
    assert!(restored["result"]["safety_snapshot_id"].is_string());
    let waited = client.ok("wait_operation", json!({ "operation": restored["id"] })).await;
    assert_eq!(waited["status"], "succeeded");
    for (tool, status) in [("stop_sandbox", "stopped"), ("start_sandbox", "running")] {
        let done = client.ok(tool, json!({ "app": "shop" })).await;
        assert_eq!(done["result"]["sandbox"]["status"], status, "{tool}");
    }
    assert_eq!(client.ok("get_sandbox", json!({ "app": "shop" })).await["status"], "running");
    let events = client.ok("get_events", json!({ "app": "shop", "type": "snapshot.forked" })).await;
    assert_eq!(events["events"].as_array().unwrap().len(), 1, "{events:#}");
    assert!(client.ok("list_agents", json!({ "app": "shop" })).await["agents"].is_array());
    let deleted =
        client.ok("delete_app", json!({ "app": "shop", "delete_snapshots": false })).await;
    assert_eq!(deleted["status"], "succeeded");
}

#[tokio::test]
async fn a_client_that_asks_is_told_how_far_a_call_is() {
    let server = Server::new().await;
    let (mut client, _) = Client::new(&server).await;
    client.ok("create_app", json!({ "name": "shop", "template": "static" })).await;
    assert!(client.told.is_empty(), "nobody asked: {:?}", client.told);
    let params = json!({
        "name": "capture", "arguments": { "app": "shop", "name": "first" },
        "_meta": { "progressToken": "how far" },
    });
    let answer = client.ask("tools/call", params).await;
    assert_ne!(answer["result"]["isError"], true, "{answer:#}");
    let told = std::mem::take(&mut client.told);
    assert!(!told.is_empty());
    let mut before = -1.0;
    for message in told {
        assert_eq!(message["method"], "notifications/progress", "{message:#}");
        let told = &message["params"];
        assert_eq!(told["progressToken"], "how far", "{message:#}");
        let progress = told["progress"].as_f64().unwrap();
        assert!(progress > before, "{progress} after {before}");
        before = progress;
        assert!(told["message"].is_string(), "{message:#}");
    }
}

#[tokio::test]
async fn files_are_read_and_written_by_tools() {
    let server = Server::new().await;
    server.shop().await;
    server.worker().beat(NODE).await;
    let _node =
        FakeNode::start(&server.node_sockets, WORKER, |asked| match asked.method.as_str() {
            "PUT" => answer(200, json!({ "created": true, "bytes": asked.body.len() }).to_string()),
            "DELETE" => answer(204, ""),
            _ if asked.target.contains("path=picture") => answer(200, vec![0xff, 0xfe]),
            _ if asked.target.contains("path=large") => answer(200, vec![b'x'; 300 << 10]),
            _ if asked.target.contains("/content") => answer(200, "hello"),
            _ => answer(200, json!({ "entries": [], "truncated": false }).to_string()),
        });
    let (mut client, _) = Client::new(&server).await;
    let read = client.call("read_file", json!({ "app": "shop", "path": "notes" })).await;
    assert_eq!(read, (false, "hello".to_owned()));
    for (path, why) in [("picture", "is no text"), ("large", "more than 256 KiB")] {
        let (failed, text) = client.call("read_file", json!({ "app": "shop", "path": path })).await;
        assert!(failed && text.contains(why), "{text}");
    }
    let write = json!({ "app": "shop", "path": "notes", "content": "hello" });
    assert_eq!(client.ok("write_file", write).await["size"], 5);
    assert!(client.ok("list_files", json!({ "app": "shop" })).await["entries"].is_array());
    let gone = client.call("delete_file", json!({ "app": "shop", "path": "notes" })).await;
    assert_eq!(gone, (false, "done".to_owned()));
}

#[tokio::test]
async fn refusals_are_the_tools_errors_with_what_to_do() {
    let server = Server::idle().await;
    server.ok(&["apps", "create", "shop"]).await;
    let accepted = server.json(&["sandboxes", "create", "shop", "--no-wait"]).await;
    let (mut client, _) = Client::new(&server).await;
    let (failed, text) = client.call("stop_sandbox", json!({ "app": "shop" })).await;
    assert!(failed && text.contains("operation_in_progress"), "{text}");
    assert!(text.contains(accepted["id"].as_str().unwrap()), "{text}");
    let (failed, text) = client.call("exec", json!({ "app": "none", "command": "ls" })).await;
    assert!(failed && text.contains("no app or sandbox"), "{text}");
    let (failed, text) = client.call("get_task", json!({ "task": "../x" })).await;
    assert!(failed && text.contains("26 characters"), "{text}");
    // What takes long is told as it is, and can be cancelled.
    let waiting = json!({ "operation": accepted["id"], "wait_seconds": 0 });
    let seen = in_time("an answer", client.ok("wait_operation", waiting)).await;
    assert_eq!(seen["status"], "queued");
    let cancelled = client.ok("cancel_operation", json!({ "operation": accepted["id"] })).await;
    assert_eq!(cancelled["status"], "cancelled");
    let (failed, text) =
        client.call("wait_operation", json!({ "operation": accepted["id"] })).await;
    assert!(failed && text.contains("sandbox.create cancelled"), "{text}");
    // A field that there isn't is an error of the protocol, and the server lives on.
    let params = json!({ "name": "list_apps", "arguments": { "nmae": "x" } });
    let answer = client.ask("tools/call", params).await;
    assert!(answer["error"].is_object() || answer["result"]["isError"] == true, "{answer:#}");
    client.ok("list_apps", json!({})).await;
}

#[tokio::test]
async fn the_server_ends_with_its_client() {
    let server = Server::idle().await;
    let (client, _) = Client::new(&server).await;
    let Client { _child: mut child, to, .. } = client;
    drop(to);
    assert!(in_time("the end", child.wait()).await.unwrap().success());
}
