//! Pages of lists.

use serde_json::json;

use crate::support::{TestApp, id};

#[tokio::test]
async fn pages_join_into_the_whole_list() {
    let app = TestApp::new().await;
    let mut made = Vec::new();
    for number in 0..7 {
        made.push(app.app(&format!("app {number}")).await);
    }
    made.sort();
    made.reverse();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/v1/apps?limit=3{cursor}")).await.json;
        let apps = page["apps"].as_array().unwrap();
        assert!(apps.len() <= 3);
        seen.extend(apps.iter().map(|app| id(app, "id")));
        match page["next_before"].as_str() {
            Some(before) => cursor = format!("&before={before}"),
            None => break,
        }
    }
    assert_eq!(seen, made);
}

#[tokio::test]
async fn a_cursor_is_given_only_when_there_is_more() {
    let app = TestApp::new().await;
    for name in ["a", "b"] {
        app.app(name).await;
    }
    for (limit, more) in [(1, true), (2, false), (3, false)] {
        for list in ["apps", "events"] {
            let page = app.get(&format!("/v1/{list}?limit={limit}")).await.json;
            assert_eq!(page["next_before"].is_string(), more, "{list} {limit}");
        }
    }
    let oldest = app.get("/v1/apps").await.json["apps"][1]["id"].clone();
    let none = app.get(&format!("/v1/apps?before={}", oldest.as_str().unwrap())).await;
    assert_eq!(none.expect(200).json, json!({ "apps": [] }));
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let lists = [
        "/v1/apps".to_owned(),
        "/v1/sandboxes".to_owned(),
        "/v1/snapshots".to_owned(),
        "/v1/operations".to_owned(),
        "/v1/events".to_owned(),
        format!("/v1/apps/{shop}/snapshots"),
        format!("/v1/apps/{shop}/events"),
    ];
    for list in &lists {
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=-1", "limit"),
            ("limit=many", "limit"),
            ("limit=", "limit"),
            ("before=x", "before"),
            ("before=", "before"),
            ("page=2", "page"),
        ] {
            app.get(&format!("{list}?{query}")).await.expect_field(field);
        }
        app.get(&format!("{list}?limit=200")).await.expect(200);
    }
    for (query, field) in [
        ("operations?status=done", "status"),
        ("operations?kind=dance", "kind"),
        ("operations?app_id=x", "app_id"),
        ("events?severity=loud", "severity"),
        ("events?operation_id=x", "operation_id"),
        ("events?after=x", "after"),
    ] {
        app.get(&format!("/v1/{query}")).await.expect_field(field);
    }
}

#[tokio::test]
async fn operations_are_found_by_what_they_are_about() {
    let app = TestApp::new().await;
    let (shop, sandbox, _) = app.captured().await;
    app.running().await;
    app.post(&format!("/v1/sandboxes/{sandbox}/start"), json!({})).await.expect(202);
    let kinds = async |query: &str| -> Vec<String> {
        let found = app.get(&format!("/v1/operations{query}")).await;
        let found = found.expect(200).json["operations"].as_array().unwrap().clone();
        found.iter().map(|operation| id(operation, "kind")).collect()
    };
    let about_shop = ["sandbox.start", "snapshot.capture", "sandbox.stop", "sandbox.create"];
    assert_eq!(kinds(&format!("?app_id={shop}")).await, about_shop);
    assert_eq!(kinds(&format!("?sandbox_id={sandbox}")).await, about_shop);
    assert_eq!(kinds("?status=queued").await, ["sandbox.start"]);
    assert_eq!(kinds("?kind=sandbox.create").await.len(), 2);
    assert_eq!(kinds(&format!("?kind=sandbox.create&app_id={shop}&status=failed")).await.len(), 0);
}
