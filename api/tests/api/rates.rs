//! How often a tenant may ask.

use futures::future::join_all;
use sandboxd_shared::domain::Quota;

use crate::support::{BOB, TestApp, until};

#[tokio::test]
async fn a_tenant_that_asks_too_often_is_refused_and_others_are_not() {
    let app = TestApp::new().await;
    let free = app.get("/v1/apps").await;
    assert_eq!(free.header("ratelimit-limit"), "");
    app.limit("alice", &[(Quota::RequestsPerMinute, 10)]).await;
    let ask = app.ask("GET", "/v1/apps");
    let limited = until(&ask, |reply| !reply.header("ratelimit-limit").is_empty()).await;
    assert_eq!(limited.header("ratelimit-limit"), "10");
    assert_eq!(limited.header("ratelimit-remaining"), "9");
    assert_eq!(limited.header("ratelimit-reset"), "6");
    let replies = join_all((0..20).map(|_| ask.clone().send())).await;
    let let_in = replies.iter().filter(|reply| reply.status == 200).count();
    assert!((9..=10).contains(&let_in), "{let_in}");
    let refused = replies.iter().find(|reply| reply.status == 429).unwrap();
    refused.expect_error(429, "rate_limited");
    assert_eq!(refused.json["error"]["details"]["quota"], "requests_per_minute");
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=7).contains(&wait), "{wait}");
    let bob = app.ask("GET", "/v1/apps").token(BOB).send().await;
    assert_eq!(bob.expect(200).header("ratelimit-limit"), "");
    // And the limit goes as it came.
    app.limit("alice", &[(Quota::RequestsPerMinute, 0)]).await;
    until(&ask, |reply| reply.status == 200).await;
}
