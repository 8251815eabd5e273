//! The timeline, read in pages and followed live.

use std::collections::HashSet;

use serde_json::json;

use crate::support::{Sse, TestApp, id};

#[tokio::test]
async fn a_stream_begins_now_and_tells_what_happens() {
    let app = TestApp::new().await;
    app.app("before").await;
    let mut stream = Sse::open(&app, "/v1/events").await;
    let shop = app.app("after").await;
    let event = stream.next().await.unwrap();
    assert_eq!(event.kind, "app.created");
    assert_eq!(event.data["app_id"], shop.as_str());
    assert_eq!(event.data["id"], event.id.as_str());
    let listed = app.get("/v1/events?limit=1").await.json;
    assert_eq!(listed["events"][0], event.data, "a stream and a page show the same");
}

#[tokio::test]
async fn a_stream_is_resumed_after_any_event() {
    let app = TestApp::new().await;
    let mut all = Sse::open(&app, "/v1/events?after=00000000000000000000000000").await;
    for number in 0..6 {
        app.app(&format!("app {number}")).await;
    }
    let all: Vec<String> = all.take(6).await.into_iter().map(|event| event.id).collect();
    for seen in 0..5 {
        let rest: Vec<String> = all[seen + 1..].to_vec();
        let path = format!("/v1/events?after={}", all[seen]);
        let after = Sse::open(&app, &path).await.take(rest.len()).await;
        assert_eq!(after.into_iter().map(|event| event.id).collect::<Vec<_>>(), rest);
        // A browser sends the header with the URL that it began with: the header counts.
        let path = format!("/v1/events?after={}", all[0]);
        let after = Sse::resume(&app, &path, &all[seen]).await.take(rest.len()).await;
        assert_eq!(after.into_iter().map(|event| event.id).collect::<Vec<_>>(), rest);
        let page = app.get(&format!("/v1/events?after={}", all[seen])).await.json;
        let page: Vec<String> =
            page["events"].as_array().unwrap().iter().map(|event| id(event, "id")).collect();
        assert_eq!(page, rest);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_cut_off_again_and_again_misses_and_repeats_nothing() {
    const WRITERS: usize = 4;
    const EACH: usize = 30;
    let app = TestApp::new().await;
    let writes = async {
        let writer = |number: usize| {
            let app = &app;
            async move {
                for round in 0..EACH {
                    app.app(&format!("{number}-{round}")).await;
                }
            }
        };
        futures::future::join_all((0..WRITERS).map(writer)).await;
    };
    let reads = async {
        let (mut seen, mut cursor) = (Vec::new(), "00000000000000000000000000".to_owned());
        while seen.len() < WRITERS * EACH {
            let mut stream = Sse::resume(&app, "/v1/events", &cursor).await;
            // Cut off after a few, wherever that is.
            let few = (1 + seen.len() % 7).min(WRITERS * EACH - seen.len());
            for event in stream.take(few).await {
                cursor.clone_from(&event.id);
                seen.push((event.id, id(&event.data, "app_id")));
            }
        }
        seen
    };
    let (_, seen) = tokio::join!(writes, reads);
    assert!(seen.is_sorted(), "ids grow in the order of the stream");
    let distinct: HashSet<&String> = seen.iter().map(|(_, app)| app).collect();
    assert_eq!(distinct.len(), WRITERS * EACH);
    let mut listed = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app.get(&format!("/v1/events?limit=50{cursor}")).await.json;
        listed.extend(page["events"].as_array().unwrap().iter().map(|event| id(event, "id")));
        let Some(before) = page["next_before"].as_str() else { break };
        cursor = format!("&before={before}");
    }
    listed.reverse();
    assert_eq!(listed, seen.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_is_filtered_like_a_page() {
    let app = TestApp::new().await;
    let (shop, other) = (app.app("shop").await, app.app("other").await);
    let mut of_app = Sse::open(&app, &format!("/v1/apps/{shop}/events")).await;
    let mut of_type = Sse::open(&app, "/v1/events?type=app.updated").await;
    let mut errors = Sse::open(&app, "/v1/events?severity=error").await;
    for name in [&other, &shop] {
        app.patch(&format!("/v1/apps/{name}"), json!({ "tags": ["t"] })).await.expect(200);
    }
    let made = app.post(&format!("/v1/apps/{other}/sandbox"), json!({})).await;
    let operation = id(&made.json, "id");
    let mut of_operation = Sse::open(
        &app,
        &format!("/v1/events?operation_id={operation}&after=00000000000000000000000000"),
    )
    .await;
    let error = sandboxd_shared::domain::ErrorBody::new(
        sandboxd_shared::domain::ErrorCode::Internal,
        "broken",
    );
    app.worker().fail(&operation, error).await;
    app.patch(&format!("/v1/apps/{shop}"), json!({ "tags": [] })).await.expect(200);

    let kinds = async |stream: &mut Sse, count: usize| -> Vec<(String, String)> {
        let taken = stream.take(count).await;
        taken.iter().map(|event| (event.kind.clone(), id(&event.data, "app_id"))).collect()
    };
    let updated = |app: &str| ("app.updated".to_owned(), app.to_owned());
    let failed = ("sandbox.create.failed".to_owned(), other.clone());
    let started = ("sandbox.create.started".to_owned(), other.clone());
    assert_eq!(kinds(&mut of_app, 2).await, [updated(&shop), updated(&shop)]);
    assert_eq!(kinds(&mut of_type, 3).await, [updated(&other), updated(&shop), updated(&shop)]);
    assert_eq!(kinds(&mut errors, 1).await, std::slice::from_ref(&failed));
    assert_eq!(kinds(&mut of_operation, 2).await, [started, failed]);
}

#[tokio::test]
async fn a_stream_has_no_pages_and_only_good_cursors() {
    let app = TestApp::new().await;
    let ask = |query: &str| {
        app.ask("GET", &format!("/v1/events?{query}")).header("accept", "text/event-stream")
    };
    ask("limit=5").send().await.expect_field("limit");
    ask("before=01JD4X8QK3M5N7P9R1S3T5V7W9").send().await.expect_field("before");
    ask("after=x").send().await.expect_field("after");
    ask("").header("last-event-id", "x").send().await.expect_field("Last-Event-ID");
    let both = "after=01JD4X8QK3M5N7P9R1S3T5V7W9&before=01JD4X8QK3M5N7P9R1S3T5V7W9";
    app.get(&format!("/v1/events?{both}")).await.expect_field("after");
}

#[tokio::test]
async fn clients_that_read_nothing_hold_nobody_up() {
    let app = TestApp::new().await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        let path = "/v1/events?after=00000000000000000000000000";
        idle.push(Sse::open(&app, path).await);
    }
    let mut live = Sse::open(&app, "/v1/events").await;
    for number in 0..50 {
        let name = format!("app {number}");
        let made = app.app(&name).await;
        assert_eq!(live.next().await.unwrap().data["app_id"], made.as_str());
    }
    for mut stream in idle {
        assert_eq!(stream.take(50).await.len(), 50, "and they get all of it when they do read");
    }
}

#[tokio::test]
async fn a_timeline_is_filtered_by_families_and_by_what_it_is_about() {
    let app = TestApp::new().await;
    let (shop, sandbox) = app.running().await;
    let other = app.app("other").await;
    let kinds = async |query: &str| -> Vec<String> {
        let page = app.get(&format!("/v1/events?{query}")).await;
        let found = page.expect(200).json["events"].as_array().unwrap().clone();
        found.iter().map(|event| id(event, "type")).collect()
    };
    let of_sandbox = ["sandbox.created", "sandbox.create.started"];
    assert_eq!(kinds("type=sandbox.*").await, of_sandbox);
    assert_eq!(kinds("type=sandbox.create.*").await, of_sandbox[1..]);
    assert_eq!(
        kinds("type=sandbox.created,app.*").await,
        ["app.created", "sandbox.created", "app.created"]
    );
    assert_eq!(kinds("type=*").await.len(), 4);
    assert_eq!(kinds(&format!("sandbox_id={sandbox}")).await, of_sandbox);
    assert_eq!(kinds(&format!("app_id={other}")).await, ["app.created"]);
    assert_eq!(kinds(&format!("app_id={shop}&severity=error")).await, Vec::<String>::new());
    assert_eq!(kinds("snapshot_id=01JD4X8QK3M5N7P9R1S3T5V7W9").await, Vec::<String>::new());
    assert_eq!(kinds("task_id=01JD4X8QK3M5N7P9R1S3T5V7W9").await, Vec::<String>::new());
    let mut live =
        Sse::open(&app, "/v1/events?type=app.*,sandbox.created&after=00000000000000000000000000")
            .await;
    let heard: Vec<String> = live.take(3).await.into_iter().map(|event| event.kind).collect();
    assert_eq!(heard, ["app.created", "sandbox.created", "app.created"]);

    for (query, field) in [
        ("type=sandbox", "type"),
        ("type=", "type"),
        ("type=sandbox.*,", "type"),
        ("type=nothing.*", "type"),
        ("severity=loud", "severity"),
        ("operation_id=x", "operation_id"),
        ("sandbox_id=x", "sandbox_id"),
        ("app_id=x", "app_id"),
        ("kind=x", "kind"),
        ("limit=0", "limit"),
        ("before=x", "before"),
    ] {
        app.get(&format!("/v1/events?{query}")).await.expect_field(field);
    }
    app.get(&format!("/v1/apps/{shop}/events?app_id={other}")).await.expect_field("app_id");
}

#[tokio::test]
async fn who_resumes_before_what_was_pruned_is_told_of_the_gap() {
    let app = TestApp::new().await;
    for number in 0..3 {
        app.app(&format!("app {number}")).await;
    }
    let all = app.get("/v1/events").await.json;
    let ids: Vec<String> =
        all["events"].as_array().unwrap().iter().rev().map(|event| id(event, "id")).collect();
    let mut tx = app.store.write().await.unwrap();
    let far = sandboxd_shared::clock::Timestamp(i64::MAX / 1_000_000);
    sandboxd_shared::store::events::prune(&mut tx, far, 100).await.unwrap();
    tx.commit().await.unwrap();

    let after = |id: &str| format!("/v1/events?after={id}");
    let mut resumed = Sse::resume(&app, "/v1/events", &ids[0]).await;
    let block = resumed.next_block().await;
    assert_eq!(block, format!("event: gap\ndata: {{\"pruned_through\":\"{}\"}}", ids[1]));
    assert_eq!(resumed.next().await.unwrap().id, ids[2]);
    let page = app.get(&after(&ids[0])).await.json;
    assert_eq!(
        (&page["pruned_through"], page["events"].as_array().unwrap().len()),
        (&json!(ids[1]), 1)
    );

    let mut whole = Sse::resume(&app, "/v1/events", &ids[1]).await;
    assert_eq!(
        whole.next().await.unwrap().id,
        ids[2],
        "nothing is missing after the last that went"
    );
    assert!(app.get(&after(&ids[1])).await.json.get("pruned_through").is_none());
}
