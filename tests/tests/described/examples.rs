//! Every example of docs/api.md runs, one after the other, and every route has one; so does every step
//! of docs/runbook.md, and what the README shows.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use sandboxd_tests::{Stack, StackOptions};
use serde_json::Value;
use tokio::process::Command;

use super::in_repository;

/// How long all of them may take together.
const LIMIT: Duration = Duration::from_secs(240);

/// A page's shell blocks as one script.
fn script(guide: &str) -> String {
    let mut script = String::new();
    let mut inside = false;
    for line in guide.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => script += &format!("{line}\n"),
            _ => {}
        }
    }
    script
}

/// The operations that were answered with success, as `METHOD /path`: the API logs a line for each.
fn succeeded(log: &str) -> BTreeSet<String> {
    log.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["status"].as_u64().is_some_and(|status| status < 300))
        .filter_map(|line| {
            Some(format!("{} {}", line["method"].as_str()?, line["route"].as_str()?))
        })
        .collect()
}

/// The operations of the document that is served.
async fn documented(stack: &Stack) -> BTreeSet<String> {
    let document = stack.client.get("/openapi.json").await.unwrap().json();
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().keys();
        found.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    found
}

/// Runs the shell blocks of a page one after the other; each may use what those before it have set.
async fn run(page: &str, stack: &Stack) {
    let page = std::fs::read_to_string(in_repository(page)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new("bash")
        .args(["-xeuo", "pipefail", "-c", &script(&page)])
        .env("API", stack.api_url())
        .env("TOKEN", "alice-token-for-tests")
        .current_dir(&folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let run = tokio::time::timeout(LIMIT, run).await.expect("the examples end in time").unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{}: {}", run.status, tail(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ten_lines_of_the_readme_work() {
    let stack = Stack::start_with(StackOptions::default()).await.unwrap();
    run("README.md", &stack).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_the_runbook_does_what_it_says() {
    let stack = Stack::start_with(StackOptions::default()).await.unwrap();
    run("docs/runbook.md", &stack).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_the_guide_runs_and_every_route_has_one() {
    let env = vec![("SANDBOXD_LOG_FORMAT".to_owned(), "json".to_owned())];
    let stack = Stack::start_with(StackOptions { env, ..StackOptions::default() }).await.unwrap();
    run("docs/api.md", &stack).await;

    let succeeded = succeeded(&stack.api.as_ref().unwrap().log());
    let documented = documented(&stack).await;
    assert!(documented.len() >= 30, "{documented:?}");
    let missing: Vec<&String> = documented.difference(&succeeded).collect();
    assert!(missing.is_empty(), "docs/api.md has no example that succeeds of {missing:?}");
}

/// The last words of a failed script.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
