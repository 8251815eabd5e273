//! A trace over both processes: from a client's request to the calls of the engine.

use std::collections::HashMap;

use hyper::Method;
use sandboxd_tests::{Collector, Span, Stack, StackOptions};
use serde_json::json;

use super::LIMIT;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CLIENT: &str = "00f067aa0ba902b7";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_its_operation_and_the_engines_calls_are_one_trace() {
    let collector = Collector::start().await.unwrap();
    let env = vec![("SANDBOXD_OTLP_ENDPOINT".to_owned(), format!("http://{}", collector.address))];
    let stack = Stack::start_with(StackOptions { env, ..StackOptions::default() }).await.unwrap();
    let app = stack.client.post("/v1/apps", &json!({ "name": "App" })).await.unwrap().json();
    let path = format!("/v1/apps/{}/sandbox", app["id"].as_str().unwrap());
    let parent = format!("00-{TRACE}-{CLIENT}-01");
    let asked = stack
        .client
        .request(
            Method::POST,
            &path,
            &[("traceparent", &parent)],
            Some(&json!({ "template": "static" })),
        )
        .await
        .unwrap();
    let made = stack.client.ended(&asked.json(), LIMIT).await.unwrap();
    assert_eq!(made["status"], "succeeded", "{made:#}");

    let ours = |collector: &Collector| -> HashMap<String, Span> {
        let all = collector.spans().into_iter().filter(|span| span.ids.0 == TRACE);
        all.map(|span| (span.ids.1.clone(), span)).collect()
    };
    stack
        // Each process sends its own when it has some, or after a while.
        .until("the spans of both processes come", LIMIT, async |_| {
            let spans = ours(&collector);
            let has = |name: &str| spans.values().any(|span| span.name == name);
            Ok(has("sandbox.create") && has("POST /v1/apps/{id}/sandbox"))
        })
        .await
        .unwrap();
    let spans = ours(&collector);
    let start = spans.values().find(|span| span.name == "docker start_container").unwrap();
    let mut way = vec![start.clone()];
    while let Some(parent) = spans.get(&way.last().unwrap().ids.2) {
        way.push(parent.clone());
    }
    let way: Vec<(&str, &str)> =
        way.iter().map(|span| (span.service.as_str(), span.name.as_str())).collect();
    assert_eq!(
        way,
        [
            ("sandboxd-worker", "docker start_container"),
            ("sandboxd-worker", "start_container"),
            ("sandboxd-worker", "sandbox.create"),
            ("sandboxd-api", "accept sandbox.create"),
            ("sandboxd-api", "POST /v1/apps/{id}/sandbox"),
        ]
    );
    let request = spans.values().find(|span| span.name.starts_with("POST")).unwrap();
    assert_eq!(request.ids.2, CLIENT);

    // Housekeeping is in no trace, and a request of its own is in one of its own.
    let all = collector.spans();
    assert!(!all.iter().any(|span| span.name == "docker list_containers" && span.ids.2.is_empty()));
    let others = all.iter().filter(|span| span.name == "POST /v1/apps");
    assert!(others.clone().count() == 1 && others.clone().all(|span| span.ids.0 != TRACE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_costs_no_operation() {
    let gone = Collector::start().await.unwrap().address;
    let env = vec![("SANDBOXD_OTLP_ENDPOINT".to_owned(), format!("http://{gone}"))];
    let stack = Stack::start_with(StackOptions { env, ..StackOptions::default() }).await.unwrap();
    super::create(&stack).await;
    stack
        .until("the log says so", LIMIT, async |stack| {
            Ok(stack.workers.iter().any(|worker| worker.log().contains("takes no traces")))
        })
        .await
        .unwrap();
}
