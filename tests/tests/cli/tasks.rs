//! Tasks: a program as agent, and a real one with a fake model as its internet.

use sandboxd_tests::model::FakeModel;
use sandboxd_tests::{Internet, Stack};
use serde_json::json;

use crate::ctl::Ctl;

/// The piece of TEST-NET-3 that no other suite takes.
const INTERNET: u8 = 14;
const KEY: &str = "sk-the-app-has-it";

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_followed_looked_at_and_undone() {
    let stack = Stack::start().await.unwrap();
    let ctl = Ctl::of(&stack);
    ctl.shop().await;
    let line = r#"echo "asked: $SANDBOXD_PROMPT"; echo new > new.txt; rm index.html"#;
    let run = ["tasks", "run", "shop", "Tea", "--follow", "--", "sh", "-c", line];
    let said = ctl.ok(&run).await;
    assert_eq!(said.stdout.trim_end(), "asked: Tea", "{said:#?}");
    let task = ctl.json(&["tasks", "list", "shop"]).await["tasks"][0].clone();
    let id = task["id"].as_str().unwrap();
    assert!(said.stderr.contains(id) && said.stderr.contains("succeeded"), "{said:#?}");
    let diff = ctl.ok(&["tasks", "diff", id]).await.stdout;
    assert!(diff.contains("new.txt") && diff.contains("index.html"), "{diff}");
    let undone = ctl.ok(&["tasks", "undo", id]).await;
    assert!(undone.stdout.contains("sandboxctl snapshots restore"), "{undone:#?}");
    let files = ctl.ok(&["files", "ls", "shop"]).await.stdout;
    assert!(files.contains("index.html") && !files.contains("new.txt"), "{files}");

    let failing =
        ["tasks", "run", "shop", "Fail", "--follow", "--", "sh", "-c", "echo oh >&2; exit 4"];
    let said = ctl.run(&failing, "").await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.stderr.contains("agent_error"), "{said:#?}");
    let long = ["tasks", "run", "shop", "Rest", "--no-wait", "--json", "--", "sleep", "600"];
    let accepted: serde_json::Value = serde_json::from_str(&ctl.ok(&long).await.stdout).unwrap();
    let cancelled = ctl.json(&["tasks", "cancel", accepted["task_id"].as_str().unwrap()]).await;
    assert_eq!(cancelled["status"], "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_agent_is_followed() {
    let internet = Internet::make(INTERNET).unwrap();
    let model = FakeModel::start(&internet).unwrap();
    let stack = Stack::start().await.unwrap();
    let ctl = Ctl::of(&stack);
    ctl.shop().await;
    let secret = ["config", "set", "shop", "ANTHROPIC_API_KEY", "--secret", "--access", "agents"];
    assert_eq!(ctl.run(&secret, KEY).await.code, Some(0));
    let base = format!("ANTHROPIC_BASE_URL={}", model.base_url);
    ctl.ok(&["config", "set", "shop", &base, "--access", "agents"]).await;
    let asked = "write made.html: <h1>made by an agent</h1>";
    let run = ["tasks", "run", "shop", asked, "--agent", "claude-code", "--follow"];
    let said = ctl.ok(&run).await;
    assert!(said.stdout.contains("made.html"), "{said:#?}");
    assert!(!said.stdout.contains(KEY) && !said.stderr.contains(KEY));
    let page = ctl.ok(&["files", "get", "shop", "made.html"]).await.stdout;
    assert!(page.contains("made by an agent"), "{page}");
    assert_eq!(model.sent(asked), 1, "{:#?}", model.log);
    let task = ctl.json(&["tasks", "list", "shop"]).await["tasks"][0].clone();
    assert_eq!(task["files_changed"], json!(["made.html"]));
}
