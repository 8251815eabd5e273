//! The list of routes is the router's, and every route keeps strangers out.

use std::collections::{BTreeMap, BTreeSet};

use sandboxd_api::server::ROUTES;

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

#[tokio::test]
async fn the_list_has_each_path_of_the_router_with_its_methods() {
    let source = include_str!("../../src/server/router.rs");
    let listed: BTreeSet<&str> = ROUTES.iter().map(|route| route.path).collect();
    let routed: BTreeSet<&str> =
        source.split('"').filter(|text| text.starts_with("/v1/")).collect();
    assert_eq!(listed, routed);

    let app = TestApp::new().await;
    let mut methods: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for route in ROUTES {
        methods.entry(route.path).or_default().insert(route.method);
    }
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

#[test]
fn a_name_is_one_routes() {
    let names: BTreeSet<&str> = ROUTES.iter().map(|route| route.action).collect();
    assert_eq!(names.len(), ROUTES.len());
}

#[tokio::test]
async fn nothing_under_v1_answers_without_a_token() {
    let app = TestApp::new().await;
    for route in ROUTES.iter().filter(|route| route.action != "create_session") {
        let path = filled(route.path, |_| UNKNOWN.to_owned());
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
