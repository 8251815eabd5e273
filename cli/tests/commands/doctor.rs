use crate::support::{NODE, Server};

#[tokio::test]
async fn the_doctor_says_what_is_wrong_and_where_to_look_further() {
    let server = Server::idle().await;
    let said = server.ctl(&["doctor"]).run().await;
    said.ended(1).shows(&["ok    api", "ok    database", "FAIL  workers"]);
    said.complains(&["sudo sandboxd-api admin doctor", "checks fail"]);
    server.worker().beat(NODE).await;
    let json = server.ctl(&["doctor", "--json"]).run().await;
    let all: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(all["readyz"]["checks"].is_array() && all["queues"]["queues"].is_array(), "{all:#}");
    let said = server.ctl(&["doctor"]).env("SANDBOXCTL_TOKEN", "wrong").run().await;
    said.ended(4).shows(&["FAIL  token"]);
}

#[tokio::test]
async fn workers_queues_and_agents_are_listed() {
    let server = Server::idle().await;
    server.worker().beat(NODE).await;
    server.ctl(&["workers"]).run().await.ok().shows(&["worker-by-hand", NODE, "control"]);
    server.ctl(&["queues"]).run().await.ok().shows(&["WAITING"]);
    server.ok(&["apps", "create", "shop"]).await;
    server.ctl(&["agents", "shop"]).run().await.ok().shows(&["claude-code", "ANTHROPIC_API_KEY"]);
}

#[tokio::test]
async fn shells_and_manuals_know_the_commands() {
    let server = Server::idle().await;
    for shell in ["bash", "zsh", "fish"] {
        server.ctl(&["completions", shell]).run().await.ok().shows(&["snapshots"]);
    }
    server.ctl(&["man"]).run().await.ok().shows(&[".TH", "sandboxctl"]);
    server.ok(&["man", "pages"]).await;
    let page = server.folder.path().join("pages/sandboxctl-snapshots-fork.1");
    assert!(std::fs::read_to_string(page).unwrap().contains("copy"));
}
