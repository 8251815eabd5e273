//! An app's egress policy: shown, changed, refused. That it holds is the network suite's matter.

use serde_json::json;

use crate::support::{TestApp, id};

#[tokio::test]
async fn an_app_is_open_unless_it_says_otherwise() {
    let app = TestApp::new().await;
    let made = app.post("/v1/apps", json!({ "name": "a" })).await;
    assert_eq!(made.expect(201).json["egress"], json!({ "policy": "open", "allow": [] }));
    let list = json!({ "policy": "allowlist", "allow": ["API.example.com:443", "192.0.2.9/24"] });
    let made = app.post("/v1/apps", json!({ "name": "b", "egress": list })).await;
    let kept = json!({ "policy": "allowlist", "allow": ["api.example.com:443", "192.0.2.0/24"] });
    assert_eq!(made.expect(201).json["egress"], kept);
    let path = format!("/v1/apps/{}", id(&made.json, "id"));
    assert_eq!(app.get(&path).await.json["egress"], kept);

    let renamed = app.patch(&path, json!({ "name": "c" })).await;
    assert_eq!(renamed.expect(200).json["egress"], kept, "a patch without it leaves it");
    let closed = app.patch(&path, json!({ "egress": { "policy": "none" } })).await;
    assert_eq!(closed.expect(200).json["egress"], json!({ "policy": "none", "allow": [] }));
    let events = app.get(&format!("{path}/events?type=app.updated")).await;
    assert_eq!(events.json["events"][0]["payload"], json!({ "egress": "none" }));
}

#[tokio::test]
async fn a_policy_that_cannot_be_kept_is_refused_with_its_reason() {
    let app = TestApp::new().await;
    let made = app.post("/v1/apps", json!({ "name": "a" })).await.json;
    let path = format!("/v1/apps/{}", id(&made, "id"));
    let before = app.fingerprint().await;
    let many: Vec<String> = (0..65).map(|number| format!("h{number}.example.com")).collect();
    for (egress, why) in [
        (json!({ "policy": "closed" }), "open, none, allowlist"),
        (json!({ "policy": "none", "allow": ["a.com"] }), "allowlist only"),
        (json!({ "policy": "allowlist", "allow": ["*.a.com"] }), "wildcard"),
        (json!({ "policy": "allowlist", "allow": ["a.com -j ACCEPT"] }), "host name"),
        (json!({ "policy": "allowlist", "allow": ["::/0"] }), "IPv6"),
        (json!({ "policy": "allowlist", "allow": ["a.com:0"] }), "port"),
        (json!({ "policy": "allowlist", "allow": many }), "64"),
        (json!({ "policy": "open", "deny": [] }), "deny"),
        (json!("none"), "egress"),
        (json!({ "allow": [] }), "policy"),
    ] {
        for refused in [
            app.patch(&path, json!({ "egress": egress })).await,
            app.post("/v1/apps", json!({ "name": "b", "egress": egress })).await,
        ] {
            refused.expect_error(400, "invalid_request");
            let message = refused.json["error"]["message"].as_str().unwrap();
            assert!(message.contains("egress") && message.contains(why), "{egress}: {message}");
        }
    }
    assert_eq!(app.fingerprint().await, before, "nothing was changed");
}

#[tokio::test]
async fn a_fork_has_the_policy_of_its_source() {
    let app = TestApp::new().await;
    let (shop, _, snapshot) = app.captured().await;
    let path = format!("/v1/apps/{shop}");
    let list = json!({ "policy": "allowlist", "allow": ["a.example.com"] });
    app.patch(&path, json!({ "egress": list })).await.expect(200);
    let fork = app.post(&format!("{path}/fork"), json!({ "snapshot_id": snapshot })).await;
    fork.expect(202);
    let apps = app.get("/v1/apps").await.json;
    let child = apps["apps"].as_array().unwrap().iter().find(|child| child["id"] != json!(shop));
    assert_eq!(child.unwrap()["egress"], list);
}
