//! The agents that there are, and whether they are ready to work.

use serde_json::{Value, json};

use sandboxd_shared::domain::DriverKind;
use sandboxd_shared::store::nodes;

use crate::support::{TestApp, id};

async fn agents(app: &TestApp, query: &str) -> Vec<Value> {
    let list = app.get(&format!("/v1/agents{query}")).await;
    list.expect(200).json["agents"].as_array().unwrap().clone()
}

fn of<'a>(agents: &'a [Value], name: &str) -> &'a Value {
    agents.iter().find(|agent| agent["agent"] == name).unwrap()
}

/// Says which agents the image of a node has.
async fn set_installed(app: &TestApp, node: &str, names: &[&str]) {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut tx = app.store.write().await.unwrap();
    let now = app.store.clock().now();
    nodes::set_driver(&mut tx, node, DriverKind::Copy, "a test", now).await.unwrap();
    assert!(nodes::set_agents(&mut tx, node, Some(&names), now).await.unwrap());
    assert!(!nodes::set_agents(&mut tx, node, Some(&names), now).await.unwrap());
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn all_agents_are_told_with_what_they_need() {
    let app = TestApp::new().await;
    let found = agents(&app, "").await;
    let names: Vec<&str> = found.iter().map(|agent| agent["agent"].as_str().unwrap()).collect();
    assert_eq!(names, ["opencode", "claude-code", "codex", "gemini", "command"]);
    let claude = of(&found, "claude-code");
    assert_eq!((&claude["program"], &claude["installed"]), (&json!("claude"), &Value::Null));
    let needed = claude["needs"]["config_any_of"].as_array().unwrap();
    assert!(needed.contains(&json!("ANTHROPIC_API_KEY")));
    assert!(claude.get("ready").is_none() && claude.get("missing").is_none());
    let command = of(&found, "command");
    assert_eq!((&command["program"], &command["installed"]), (&Value::Null, &json!(true)));
    assert_eq!(command["needs"]["config_any_of"], json!([]));
    set_installed(&app, "node-of-the-settings", &["opencode"]).await;
    let found = agents(&app, "").await;
    assert_eq!(of(&found, "opencode")["installed"], true);
    assert_eq!(of(&found, "codex")["installed"], false);
}

#[tokio::test]
async fn an_agent_is_ready_when_nothing_is_missing() {
    let app = TestApp::new().await;
    let (shop, sandbox) = app.running().await;
    let ready = async |agent: &str| {
        let (by_app, by_sandbox) = (
            agents(&app, &format!("?app_id={shop}")).await,
            agents(&app, &format!("?sandbox_id={sandbox}")).await,
        );
        assert_eq!(by_app, by_sandbox);
        let found = of(&by_app, agent);
        (found["ready"].clone(), found["missing"].clone())
    };
    let config = "config: OPENAI_API_KEY";
    assert_eq!(ready("codex").await, (json!(false), json!([config])));
    assert_eq!(ready("command").await, (json!(true), json!([])));
    let all = format!("/v1/apps/{shop}/config");
    let entry = json!({
        "key": "OPENAI_API_KEY", "value": "secret", "sensitive": true,
        "access_policy": "runtime_access"
    });
    app.post(&all, entry).await.expect(201);
    assert_eq!(ready("codex").await, (json!(false), json!([config])), "agents don't get it");
    let change = json!({ "access_policy": "both" });
    app.patch(&format!("{all}/OPENAI_API_KEY"), change).await.expect(200);
    assert_eq!(ready("codex").await, (json!(true), json!([])), "what the image has isn't known");
    set_installed(&app, "node-of-the-settings", &["opencode"]).await;
    assert_eq!(ready("opencode").await, (json!(true), json!([])));
    let missing = json!(["the program codex isn't in the image"]);
    assert_eq!(ready("codex").await, (json!(false), missing));
    // An app without a sandbox would get one of the same node.
    let empty = app.app("empty").await;
    let found = agents(&app, &format!("?app_id={empty}")).await;
    let both = of(&found, "codex")["missing"].as_array().unwrap().len();
    assert_eq!(both, 2);
}

#[tokio::test]
async fn agents_are_asked_about_for_one_place() {
    let app = TestApp::new().await;
    let (shop, sandbox) = app.running().await;
    let both = format!("/v1/agents?app_id={shop}&sandbox_id={sandbox}");
    app.get(&both).await.expect_field("sandbox_id");
    app.get("/v1/agents?app_id=x").await.expect_field("app_id");
    app.get("/v1/agents?app=x").await.expect_field("app");
    let gone = app.delete(&format!("/v1/sandboxes/{sandbox}")).await;
    assert_eq!(id(&app.done(gone).await, "sandbox_id"), sandbox);
    app.get(&format!("/v1/agents?sandbox_id={sandbox}")).await.expect_error(404, "not_found");
}
