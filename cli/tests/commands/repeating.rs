//! Requests that are sent again: which, how often, and that a POST does its work once.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Ctl, Said};

/// A request's method and path, its idempotency key, and when it came.
type Noted = (String, Option<String>, Instant);

/// An API that answers as it is told, the last answer for ever.
struct Scripted {
    address: SocketAddr,
    noted: Arc<Mutex<Vec<Noted>>>,
}

impl Scripted {
    async fn new(answers: Vec<(u16, Option<u32>, Value)>) -> Self {
        let noted: Arc<Mutex<Vec<Noted>>> = Arc::default();
        let note = Arc::clone(&noted);
        let handler = move |request: Request| {
            let mut noted = note.lock().unwrap();
            let key = request.headers().get("idempotency-key");
            let key = key.map(|key| key.to_str().unwrap().to_owned());
            let what = format!("{} {}", request.method(), request.uri().path());
            noted.push((what, key, Instant::now()));
            let (status, retry_after, body) = &answers[(noted.len() - 1).min(answers.len() - 1)];
            let mut response = Response::builder().status(*status);
            if let Some(seconds) = retry_after {
                response = response.header("retry-after", seconds.to_string());
            }
            let response = response.body(Body::from(body.to_string())).unwrap();
            async move { response }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(handler);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, noted }
    }

    async fn ctl(&self, arguments: &[&str]) -> Said {
        let home = tempfile::tempdir().unwrap();
        let url = format!("http://{}", self.address);
        Ctl::new(home.path(), arguments).env("SANDBOXCTL_URL", &url).run().await
    }

    fn noted(&self) -> Vec<Noted> {
        self.noted.lock().unwrap().clone()
    }
}

fn error(code: &str, retryable: bool) -> Value {
    json!({ "error": {
        "code": code, "message": "not now", "retryable": retryable, "request_id": "R1",
    } })
}

#[tokio::test]
async fn a_post_is_repeated_with_the_same_key_after_the_time_that_was_asked_for() {
    let made = json!({ "id": "01JD4X8QK3M5N7P9R1S3T5V7W9", "name": "shop" });
    let api = Scripted::new(vec![
        (503, Some(1), error("capacity", true)),
        (500, None, error("internal", true)),
        (201, None, made.clone()),
    ])
    .await;
    let said = api.ctl(&["apps", "create", "shop", "--json"]).await;
    assert_eq!(said.ok().stdout, format!("{made}\n"));
    let noted = api.noted();
    assert_eq!(noted.len(), 3);
    assert!(noted[0].1.is_some() && noted.iter().all(|one| one.1 == noted[0].1), "{noted:?}");
    assert!(noted[1].2.duration_since(noted[0].2).as_millis() >= 1000, "{noted:?}");
}

#[tokio::test]
async fn it_is_given_up_after_some_tries_with_the_last_answer() {
    let api = Scripted::new(vec![(503, None, error("capacity", true))]).await;
    let said = api.ctl(&["apps", "list"]).await;
    said.ended(7).complains(&["not now (capacity, request R1)", "sandboxctl doctor"]);
    assert_eq!(api.noted().len(), 5);
}

#[tokio::test]
async fn what_does_not_pass_by_itself_is_not_repeated() {
    for (status, retry_after, code, exit) in [
        (400, None, "invalid_request", 2),
        (401, None, "unauthorized", 4),
        (409, None, "operation_in_progress", 6),
        (429, Some(3600), "rate_limited", 7),
        (429, Some(1), "quota_exceeded", 7),
    ] {
        let api = Scripted::new(vec![(status, retry_after, error(code, true))]).await;
        api.ctl(&["apps", "create", "shop"]).await.ended(exit).complains(&[code]);
        assert_eq!(api.noted().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn two_posts_have_keys_of_their_own() {
    let api = Scripted::new(vec![(201, None, json!({ "id": "x" }))]).await;
    api.ctl(&["apps", "create", "shop"]).await.ok();
    api.ctl(&["apps", "create", "shop"]).await.ok();
    let noted = api.noted();
    assert_ne!(noted[0].1, noted[1].1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let api = Scripted::new(vec![(302, None, json!({}))]).await;
    api.ctl(&["apps", "list"]).await.ended(1).complains(&["HTTP 302", "not from sandboxd"]);
}
