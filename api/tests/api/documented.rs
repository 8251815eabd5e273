//! The routes are those of the OpenAPI document, each behind a token or not as that says.

use serde_json::{Value, json};

use crate::support::TestApp;

const SOME_ID: &str = "01JD4X8QK3M5N7P9R1S3T5V7W9";

#[tokio::test]
async fn every_documented_operation_is_served_and_guarded() {
    let app = TestApp::new().await;
    let document = json!(sandboxd_api::openapi::document());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase();
            // None of them is there, so that nothing is done and no stream is opened.
            let path = path.replace("{id}", SOME_ID).replace("{delivery_id}", SOME_ID);
            // `[{}]` says that nothing is needed.
            let first = operation["security"][0].as_object();
            let guarded = first.is_some_and(|needed| !needed.is_empty());
            let stranger = app.ask(&method, &path).without("authorization").send().await;
            assert_eq!(stranger.status == 401, guarded, "{method} {path}: {}", stranger.text);
            let known = app.ask(&method, &path).send().await;
            let documented = &operation["responses"][known.status.to_string()];
            assert_ne!(documented, &Value::Null, "{method} {path}: {}", known.text);
            assert_ne!(known.json["error"]["message"], "there is no such route", "{method} {path}");
        }
    }
}
