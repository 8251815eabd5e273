//! The list of routes is the router's, and every route keeps strangers out.

use std::collections::{BTreeMap, BTreeSet};

use sandboxd_api::server::routes;

use crate::support::TestApp;

const UNKNOWN: &str = "01JD4X8QK3M5N7P9R1S3T5V7W9";

/// A path with an id for each of its parameters.
pub(crate) fn filled(path: &str, id: impl Fn(&str) -> String) -> String {
    let mut folder = "";
    let parts: Vec<String> = path
        .split('/')
        .map(|part| {
            if part.starts_with('{') {
                return id(folder);
            }
            folder = part;
            part.to_owned()
        })
        .collect();
    parts.join("/")
}

/// That the list has all of the router is a test of the document it is made from.
#[tokio::test]
async fn the_list_has_the_methods_of_each_path() {
    let app = TestApp::new().await;
    let mut methods: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for route in routes() {
        methods.entry(&route.path).or_default().insert(route.method);
    }
    assert!(methods.len() > 20, "{methods:?}");
    for (path, methods) in methods {
        let refused = app.ask("TRACE", &filled(path, |_| UNKNOWN.to_owned())).send().await;
        refused.expect_error(405, "method_not_allowed");
        let allowed: BTreeSet<&str> = refused
            .header("allow")
            .split(',')
            .map(str::trim)
            .filter(|method| *method != "HEAD")
            .collect();
        assert_eq!(allowed, methods, "{path}");
    }
}

#[tokio::test]
async fn nothing_under_v1_answers_without_a_token() {
    let app = TestApp::new().await;
    for route in routes().iter().filter(|route| route.action != "create_session") {
        let path = filled(&route.path, |_| UNKNOWN.to_owned());
        let bare = app.ask(route.method, &path).without("authorization");
        let basic = app.ask(route.method, &path).header("authorization", "Basic YWxpY2U6eA==");
        let wrong = app.ask(route.method, &path).token("alice-token-");
        let cookie = format!("sandboxd_session={}", "0".repeat(64));
        let cookie = bare.clone().header("cookie", &cookie);
        for ask in [bare, basic, wrong, cookie] {
            let refused = ask.send().await;
            refused.expect_error(401, "unauthorized");
            assert_eq!(refused.header("www-authenticate"), "Bearer");
        }
    }
}
