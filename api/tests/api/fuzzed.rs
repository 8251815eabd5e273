//! Headers, cursors and ids as nobody would write them: never an answer that blames us, and the
//! same thing for all spellings of one id.

use http::HeaderValue;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::support::{Ask, TestApp};

const HEADERS: &[&str] = &[
    "idempotency-key",
    "prefer",
    "authorization",
    "last-event-id",
    "accept",
    "cookie",
    "x-csrf-token",
    "origin",
];
const PARAMETERS: &[&str] =
    &["before", "after", "limit", "wait", "type", "severity", "operation_id", "actor"];
/// What a fuzzed request may be answered.
const EXPECTED: &[u16] = &[200, 201, 400, 401, 404, 415];
const CASES: u32 = 150;

/// Inputs of a strategy, the same at each run.
fn inputs<S: Strategy>(strategy: &S) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..CASES).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// Bytes that a header may hold, often such as ours do.
fn header_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(32u8..=255, 0..300),
        "(Bearer|bearer|Basic)? {0,2}[!-~]{0,40}".prop_map(String::into_bytes),
        "(wait|WAIT|respond-async)?[=; ,\"]{0,3}[0-9]{0,25}".prop_map(String::into_bytes),
        "[0-9A-Za-z]{24,28}".prop_map(String::into_bytes),
        "sandboxd_session=[0-9a-f]{62,66}".prop_map(String::into_bytes),
    ]
}

async fn expect_sane(what: &str, ask: Ask) {
    let response = ask.open().await;
    let status = response.status().as_u16();
    assert!(EXPECTED.contains(&status), "{what}: {status}");
    assert!(response.headers().contains_key("x-request-id"), "{what}");
}

#[tokio::test]
async fn no_header_is_our_fault() {
    let app = TestApp::new().await;
    let strategy = (proptest::sample::select(HEADERS), header_bytes());
    for (name, bytes) in inputs(&strategy) {
        let Ok(value) = HeaderValue::from_bytes(&bytes) else { continue };
        for (method, path) in [("GET", "/v1/events?limit=1"), ("POST", "/v1/apps")] {
            let ask = app.ask(method, path);
            let ask = if method == "POST" { ask.json(&json!({ "name": "x" })) } else { ask };
            let ask = if name == "cookie" { ask.without("authorization") } else { ask };
            let what = format!("{method} {name}: {value:?}");
            expect_sane(&what, ask.value(name, value.clone())).await;
        }
    }
}

#[tokio::test]
async fn no_query_or_id_is_our_fault() {
    let app = TestApp::new().await;
    let text = prop_oneof![
        "[0-9A-Za-z]{24,28}",
        "-?[0-9]{1,25}",
        "(%[0-9a-f]{2}){1,8}",
        "[!#-.0-;=?-~]{0,40}".prop_map(|text| text.replace(['#', '?', '&', '%'], "+")),
    ];
    let strategy = (proptest::sample::select(PARAMETERS), text);
    for (name, text) in inputs(&strategy) {
        for list in ["apps", "events", "operations", "audit"] {
            let path = format!("/v1/{list}?{name}={text}");
            if path.parse::<http::Uri>().is_ok() {
                expect_sane(&path, app.ask("GET", &path)).await;
            }
        }
        let path = format!("/v1/operations/{}", text.replace('/', "."));
        if path.parse::<http::Uri>().is_ok() {
            expect_sane(&path, app.ask("GET", &path)).await;
        }
    }
}

#[tokio::test]
async fn an_id_is_the_same_in_either_case_everywhere() {
    let app = TestApp::new().await;
    let shop = app.app("shop").await;
    let lower = shop.to_lowercase();
    let (one, other) =
        (app.get(&format!("/v1/apps/{shop}")).await, app.get(&format!("/v1/apps/{lower}")).await);
    assert_eq!(one.expect(200).json, other.expect(200).json);
    assert_eq!(one.json["id"], shop.as_str());
    let events = app.get("/v1/events").await.json;
    let newest = events["events"][0]["id"].as_str().unwrap().to_owned();
    for id in [newest.clone(), newest.to_lowercase()] {
        let none = app.get(&format!("/v1/events?before={id}")).await;
        assert_eq!(none.expect(200).json, json!({ "events": [] }));
    }
    let missing = app.patch(&format!("/v1/apps/{lower}"), json!({ "name": "other" })).await;
    assert_eq!(missing.expect(200).json["id"], shop.as_str());
}

/// Every id has one spelling, but for case.
#[test]
fn ids_are_canonical() {
    let mut runner =
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(500) });
    runner
        .run(&"[0-9A-Za-z]{25,27}", |text| {
            if let Ok(id) = text.parse::<sandboxd_shared::ids::AppId>() {
                prop_assert_eq!(id.to_string(), text.to_ascii_uppercase());
                prop_assert_eq!(id.lower().parse(), Ok(id));
            }
            Ok(())
        })
        .unwrap();
}
