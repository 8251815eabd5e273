//! Every metric that the dashboard and the alerts name is there, and says what happened.

use std::collections::BTreeSet;

use hyper::Method;
use sandboxd_tests::Stack;
use serde_json::Value;

use super::{LIMIT, create, in_repository};

/// The metrics that a file names, without the endings of histograms.
fn named_in(file: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(in_repository(file)).unwrap();
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("sandboxd_"))
        .map(|word| {
            let ends = ["_bucket", "_count", "_sum"];
            ends.iter().fold(word, |word, end| word.trim_end_matches(end)).to_owned()
        })
        .collect()
}

/// The metrics on a page, by its lines that say their kind.
fn shown_on(page: &str) -> BTreeSet<String> {
    let kinds = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    kinds.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn value(page: &str, line: &str) -> f64 {
    let found = page.lines().find_map(|found| found.strip_prefix(line));
    let found = found.unwrap_or_else(|| panic!("no {line} in\n{page}"));
    found.trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_dashboard_and_alerts_name_is_there() {
    let stack = Stack::start().await.unwrap();
    let made = create(&stack).await;
    let sandbox = made["sandbox_id"].as_str().unwrap();
    let url = stack.preview_url(sandbox).await.unwrap();
    stack.client.run(Method::POST, &format!("/v1/sandboxes/{sandbox}/stop"), None).await.unwrap();
    stack
        .until("the preview wakes", LIMIT, async |stack| {
            Ok(stack.client.preview(&url).await?.status == 200)
        })
        .await
        .unwrap();

    let pages = stack.metrics().await.unwrap();
    let processes: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(processes, ["api", "gateway", "worker-1", "worker-2"]);
    let shown: BTreeSet<String> = pages.iter().flat_map(|(_, page)| shown_on(page)).collect();
    for file in ["docs/observability/dashboard.json", "docs/observability/alerts.yaml"] {
        let named = named_in(file);
        assert!(named.len() > 5, "{file}: {named:?}");
        let missing: Vec<&String> = named.difference(&shown).collect();
        assert_eq!(missing, Vec::<&String>::new(), "{file} names what isn't there");
    }

    let (api, gateway) = (&pages[0].1, &pages[1].1);
    assert_eq!(value(api, "sandboxd_workers{node=\"test\"}"), 2.0);
    assert_eq!(value(api, "sandboxd_sandboxes{status=\"running\"}"), 1.0);
    assert_eq!(value(api, "sandboxd_engine_up{node=\"test\"}"), 1.0);
    assert_eq!(value(gateway, "sandboxd_gateway_wakes_total{outcome=\"asked\"}"), 1.0);
    let in_workers = |line: &str| -> f64 {
        let workers = pages[2..].iter().filter(|(_, page)| page.contains(line));
        workers.map(|(_, page)| value(page, line)).sum()
    };
    for (line, count) in [
        ("sandboxd_operations_total{kind=\"sandbox.create\",outcome=\"succeeded\"}", 1.0),
        ("sandboxd_operations_total{kind=\"sandbox.start\",outcome=\"succeeded\"}", 1.0),
        (
            "sandboxd_docker_call_duration_seconds_count{call=\"start_container\",outcome=\"ok\"}",
            2.0,
        ),
    ] {
        assert_eq!(in_workers(line), count, "{line}");
    }
    follow_and_leave(&stack).await;
    // No label holds an id.
    for (name, page) in &pages {
        assert!(!page.contains(sandbox) && !page.contains(&sandbox.to_lowercase()), "{name}");
    }
}

async fn follow_and_leave(stack: &Stack) {
    let clients = async |stack: &Stack| -> anyhow::Result<f64> {
        let api = &stack.metrics().await?[0].1;
        Ok(value(api, "sandboxd_sse_clients{stream=\"events\"}"))
    };
    let accept = [("accept", "text/event-stream")];
    let stream = stack.client.open(Method::GET, "/v1/events", &accept, &Value::Null).await.unwrap();
    assert_eq!(clients(stack).await.unwrap(), 1.0);
    drop(stream);
    // Seen when the next comment can't be written.
    stack
        .until("the client is gone", LIMIT, async |stack| Ok(clients(stack).await? == 0.0))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_is_counted_by_who_takes_over() {
    let mut stack = Stack::start().await.unwrap();
    let made = create(&stack).await;
    let sandbox = made["sandbox_id"].as_str().unwrap().to_owned();
    // Whoever stops it dies on the way.
    for worker in &mut stack.workers {
        worker.stop().await.unwrap();
    }
    stack.workers.clear();
    let path = format!("/v1/sandboxes/{sandbox}/stop");
    let stop = stack.client.begin(Method::POST, &path, None).await.unwrap();
    // The API knows though no worker lives.
    let api = &stack.metrics().await.unwrap()[0].1;
    assert_eq!(value(api, "sandboxd_workers{node=\"test\"}"), 0.0);
    let control = "{node=\"test\",queue=\"control\"}";
    assert_eq!(value(api, &format!("sandboxd_queue_depth{control}")), 1.0);
    assert!(value(api, &format!("sandboxd_queue_oldest_age_seconds{control}")) > 0.0);

    stack.start_worker(&[("SANDBOXD_FAILPOINTS", "sandbox.stop.stop_container=crash")]).unwrap();
    stack.workers[0].wait(LIMIT).await.unwrap();
    stack.workers.clear();
    stack.start_worker(&[]).unwrap();
    let ended = stack.client.ended(&stop, LIMIT).await.unwrap();
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    let pages = stack.metrics().await.unwrap();
    let rescued = "sandboxd_operations_rescued_total{kind=\"sandbox.stop\"}";
    assert_eq!(value(&pages.last().unwrap().1, rescued), 1.0);
}
