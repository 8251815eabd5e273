//! What agents say: followed live, resumed anywhere, replayed for ever.

use std::time::Instant;

use http_body_util::BodyExt;
use sandboxd_shared::domain::OutputKind;
use serde_json::{Value, json};

use crate::revoked::{SOON, token};
use crate::support::{HandWorker, Sse, TestApp, id, in_time, until};

fn output_of(sandbox: &str, task: &str) -> String {
    format!("/v1/sandboxes/{sandbox}/tasks/{task}/events")
}

/// A task that is begun, and where its output is.
struct Begun {
    app: TestApp,
    worker: HandWorker,
    operation: sandboxd_shared::domain::Operation,
    task: String,
    path: String,
}

impl Begun {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let (_, sandbox) = app.running().await;
        let (operation, task) = app.task(&sandbox).await;
        let worker = app.worker();
        let operation = worker.begin_task(&operation).await;
        let path = output_of(&sandbox, &task);
        Self { app, worker, operation, task, path }
    }

    async fn say(&self, texts: &[&str]) {
        self.worker.say_texts(&self.task, texts).await;
    }

    async fn end(&self) {
        self.worker.end_task(&self.operation).await;
    }
}

/// All that is left of a stream.
async fn rest(mut stream: Sse) -> Vec<(i64, String)> {
    let mut found = Vec::new();
    while let Some(event) = stream.next().await {
        assert_eq!(event.data["seq"].as_i64().unwrap().to_string(), event.id);
        assert_eq!(event.data["type"], event.kind.as_str());
        assert!(event.data["created_at"].is_string());
        found.push((event.data["seq"].as_i64().unwrap(), event.kind));
    }
    found
}

#[tokio::test]
async fn an_agent_is_followed_live_until_it_has_done() {
    let begun = Begun::new().await;
    let mut stream = Sse::open(&begun.app, &begun.path).await;
    let first = stream.next().await.unwrap();
    assert_eq!(
        (first.kind.as_str(), &first.data["data"]),
        ("status", &json!({ "status": "running" }))
    );
    for text in ["one", "two\nlines \u{1f600}", "three"] {
        begun.say(&[text]).await;
        let heard = stream.next().await.unwrap();
        assert_eq!((heard.kind.as_str(), &heard.data["data"]["text"]), ("message", &json!(text)));
    }
    let tool = json!({ "tool": "edit", "status": "done", "input": { "path": "x" } });
    begun.worker.say(&begun.task, &[(OutputKind::Tool, tool.clone())]).await;
    assert_eq!(stream.next().await.unwrap().data["data"], tool);
    begun.end().await;
    let last = stream.next().await.unwrap();
    assert_eq!((last.kind.as_str(), &last.data["data"]["status"]), ("done", &json!("succeeded")));
    assert!(stream.next().await.is_none(), "it ends");
}

#[tokio::test]
async fn a_stream_without_a_wish_is_a_stream() {
    let begun = Begun::new().await;
    begun.end().await;
    for accept in [None, Some("*/*"), Some("text/event-stream, application/json")] {
        let ask = begun.app.ask("GET", &begun.path);
        let ask = accept.map_or(ask.clone(), |accept| ask.header("accept", accept));
        let whole = ask.send().await;
        assert_eq!(whole.expect(200).header("content-type"), "text/event-stream");
        assert!(whole.text.contains("event: done"), "{}", whole.text);
    }
}

#[tokio::test]
async fn output_is_resumed_after_any_piece_and_a_client_that_had_all_is_told_so() {
    let begun = Begun::new().await;
    begun.say(&["a", "b", "c"]).await;
    begun.end().await;
    let app = &begun.app;
    let all = rest(Sse::open(app, &begun.path).await).await;
    assert_eq!(all.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    for seen in 1..all.len() {
        let after = format!("{}?after={seen}", begun.path);
        assert_eq!(rest(Sse::open(app, &after).await).await, all[seen..]);
        // A browser sends the header with the URL that it began with: the header counts.
        let first = format!("{}?after=1", begun.path);
        assert_eq!(rest(Sse::resume(app, &first, &seen.to_string()).await).await, all[seen..]);
    }
    for after in [5, 6, 4_000_000_000_u32] {
        let ask = app.ask("GET", &begun.path).header("accept", "text/event-stream");
        let nothing = ask.header("last-event-id", &after.to_string()).send().await;
        assert!(nothing.expect(204).bytes.is_empty());
    }
}

#[tokio::test]
async fn one_that_is_ahead_hears_what_comes_after_its_place_and_the_end() {
    let begun = Begun::new().await;
    let ahead = Sse::open(&begun.app, &format!("{}?after=3", begun.path)).await;
    let far = Sse::open(&begun.app, &format!("{}?after=999", begun.path)).await;
    begun.say(&["two", "three", "four"]).await;
    begun.end().await;
    let heard = rest(ahead).await;
    assert_eq!(heard, [(4, "message".to_owned()), (5, "done".to_owned())]);
    assert_eq!(rest(far).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_are_cut_off_again_and_again_miss_and_repeat_nothing() {
    const TASKS: usize = 4;
    const BATCHES: usize = 25;
    // Three of them are more than a page.
    const LONG: usize = 30 << 10;
    let app = TestApp::new().await;
    let mut tasks = Vec::new();
    for _ in 0..TASKS {
        let (_, sandbox) = app.running().await;
        let (operation, task) = app.task(&sandbox).await;
        tasks.push((operation, task.clone(), output_of(&sandbox, &task)));
    }
    let write = |number: usize| {
        let (worker, (operation, task, _)) = (app.worker(), &tasks[number]);
        async move {
            let claimed = worker.begin_task(operation).await;
            for batch in 0..BATCHES {
                let long = "x".repeat(if batch % 5 == 0 { LONG } else { 10 });
                let texts: Vec<String> =
                    (0..=batch % 7).map(|at| format!("{number} {batch} {at} {long}")).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                worker.say_texts(task, &texts).await;
            }
            worker.end_task(&claimed).await;
        }
    };
    let read = |number: usize| {
        let (app, path) = (&app, &tasks[number].2);
        async move {
            let mut seen: Vec<Value> = Vec::new();
            let is_done = |seen: &Vec<Value>| seen.last().is_some_and(|it| it["type"] == "done");
            while !is_done(&seen) {
                let last = seen.len().to_string();
                let mut stream = Sse::resume(app, path, &last).await;
                // Cut off after a few, wherever that is.
                for _ in 0..1 + (seen.len() + number) % 9 {
                    let Some(event) = stream.next().await else { break };
                    seen.push(event.data);
                }
            }
            seen
        }
    };
    let writes = futures::future::join_all((0..TASKS).map(write));
    let reads = futures::future::join_all((0..TASKS).map(read));
    let (_, seen) = tokio::join!(writes, reads);
    for (number, seen) in seen.iter().enumerate() {
        let seqs: Vec<usize> =
            seen.iter().map(|it| usize::try_from(it["seq"].as_u64().unwrap()).unwrap()).collect();
        assert_eq!(seqs, (1..=seen.len()).collect::<Vec<_>>(), "without gap or repeat");
        let said: usize = (0..BATCHES).map(|batch| batch % 7 + 1).sum();
        assert_eq!(seen.len(), said + 2);
        let own = format!("{number} ");
        let texts = seen.iter().filter_map(|it| it["data"]["text"].as_str());
        assert!(texts.into_iter().all(|text| text.starts_with(&own)), "each its own");
        assert_eq!(paged(&app, &tasks[number].2).await, *seen, "a page shows the same");
    }
}

/// All of the output, page by page.
async fn paged(app: &TestApp, path: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let path = format!("{path}?after={after}&limit=20");
        let page = app.ask("GET", &path).header("accept", "application/json").send().await;
        let events = page.expect(200).json["events"].as_array().unwrap();
        assert!(page.bytes.len() < 128 << 10, "{}", page.bytes.len());
        found.extend(events.iter().cloned());
        let Some(next) = page.json["next_after"].as_i64() else { return found };
        assert_eq!(events.last().unwrap()["seq"], next);
        after = next;
    }
}

#[tokio::test]
async fn output_is_replayed_when_the_sandbox_and_the_app_are_gone() {
    let begun = Begun::new().await;
    begun.say(&["a", "b"]).await;
    begun.end().await;
    let app = &begun.app;
    let before = rest(Sse::open(app, &begun.path).await).await;
    let operation = app.get(&format!("/v1/operations/{}", begun.operation.id)).await.json;
    app.done(app.delete(&format!("/v1/apps/{}", id(&operation, "app_id"))).await).await;
    assert_eq!(rest(Sse::open(app, &begun.path).await).await, before);
    assert_eq!(rest(Sse::resume(app, &begun.path, "2").await).await, before[2..]);
    assert_eq!(paged(app, &begun.path).await.len(), before.len());
}

#[tokio::test]
async fn a_page_has_a_limit_and_a_stream_has_none() {
    let begun = Begun::new().await;
    begun.say(&["a", "b", "c"]).await;
    let page = |query: &str| {
        let path = format!("{}?{query}", begun.path);
        begun.app.ask("GET", &path).header("accept", "application/json").send()
    };
    let first = page("limit=2").await;
    assert_eq!(first.expect(200).json["events"].as_array().unwrap().len(), 2);
    assert_eq!(first.json["next_after"], 2);
    let second = page("limit=2&after=2").await;
    assert_eq!(second.json["events"][1]["data"], json!({ "text": "c" }));
    assert!(second.json.get("next_after").is_none(), "{}", second.text);
    assert_eq!(page("after=4").await.expect(200).json, json!({ "events": [] }));
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("after=-1", "after"),
        ("after=x", "after"),
        ("before=1", "before"),
    ] {
        page(query).await.expect_field(field);
    }
    let stream = |path: &str| begun.app.ask("GET", path).header("accept", "text/event-stream");
    stream(&format!("{}?limit=2", begun.path)).send().await.expect_field("limit");
    for wrong in ["x", "-1", "1.5", "99999999999999999999"] {
        let ask = stream(&begun.path).header("last-event-id", wrong);
        ask.send().await.expect_field("Last-Event-ID");
    }
}

#[tokio::test]
async fn clients_that_read_nothing_hold_nobody_up() {
    const PIECES: usize = 300;
    let begun = Begun::new().await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(Sse::open(&begun.app, &begun.path).await);
    }
    let mut live = Sse::open(&begun.app, &begun.path).await;
    live.next().await.unwrap();
    let long = "x".repeat(16 << 10);
    for _ in 0..PIECES {
        begun.say(&[&long]).await;
        assert_eq!(live.next().await.unwrap().kind, "message");
    }
    begun.end().await;
    assert_eq!(live.next().await.unwrap().kind, "done");
    for stream in idle {
        assert_eq!(
            rest(stream).await.len(),
            PIECES + 2,
            "and they get all of it when they do read"
        );
    }
}

#[tokio::test]
async fn what_is_nested_deeper_than_parsers_like_is_passed_on() {
    let begun = Begun::new().await;
    let mut deep = json!("bottom");
    for _ in 0..127 {
        deep = json!([deep]);
    }
    begun.worker.say(&begun.task, &[(OutputKind::Tool, json!({ "input": deep }))]).await;
    begun.end().await;
    let whole = begun.app.ask("GET", &begun.path).send().await;
    assert!(whole.text.contains("bottom") && whole.text.contains("event: done"), "{}", whole.text);
}

#[tokio::test]
async fn a_stream_ends_with_its_token_and_with_the_process() {
    let mut begun = Begun::new().await;
    let (token, made) = token(&begun.app).await;
    let ask = begun.app.ask("GET", &begun.path);
    let mut with_token = ask.clone().token(&token).open().await.into_body();
    let mut other = ask.open().await.into_body();
    for body in [&mut with_token, &mut other] {
        assert!(in_time("the first piece", body.frame()).await.unwrap().is_ok());
    }
    begun.app.admin_ok(&["token", "revoke", &made]).await;
    let revoked = Instant::now();
    let _ = in_time("the end", with_token.collect()).await;
    assert!(revoked.elapsed() < SOON, "{:?}", revoked.elapsed());
    begun.say(&["goes on"]).await;
    let more = in_time("more", other.frame()).await.unwrap().unwrap().into_data().unwrap();
    assert!(String::from_utf8_lossy(&more).contains("goes on"));
    begun.app.end().await;
    let _ = in_time("the end of the process's streams", other.collect()).await;
}

#[tokio::test]
async fn a_tenant_has_so_many_live_streams_at_once() {
    const MOST: usize = 500;
    let begun = Begun::new().await;
    let timeline = || begun.app.ask("GET", "/v1/events").header("accept", "text/event-stream");
    let mut open = Vec::new();
    for at in 0..MOST {
        let ask = if at % 2 == 0 { timeline() } else { begun.app.ask("GET", &begun.path) };
        open.push(ask.open().await);
    }
    for ask in [timeline(), begun.app.ask("GET", &begun.path)] {
        let refused = ask.send().await;
        refused.expect_error(429, "rate_limited");
        assert_eq!(refused.json["error"]["details"]["limit"], MOST);
    }
    let page = begun.app.ask("GET", &begun.path).header("accept", "application/json");
    page.send().await.expect(200);
    begun.end().await;
    // Those that have ended are given back.
    drop(open);
    until(&begun.app.ask("GET", &begun.path), |reply| reply.status == 200).await;
}
