//! The console's pages and files. What a page holds depends on whether `scripts/console` has run;
//! how it is served doesn't.

use crate::support::{Ask, TestApp};

const PAGES: [&str; 6] = [
    "/",
    "/operations",
    "/workers",
    "/webhooks",
    "/apps/01JD4X8QK3M5N7P9R1S3T5V7W9",
    "/apps/01JD4X8QK3M5N7P9R1S3T5V7W9/timeline",
];

#[tokio::test]
async fn its_pages_are_there_without_a_token() {
    let app = TestApp::new().await;
    for path in PAGES {
        let page = Ask::new(app.address, "GET", path).send().await;
        page.expect(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
        assert!(page.header("content-security-policy").contains("default-src 'none'"), "{path}");
    }
}

#[tokio::test]
async fn other_paths_are_still_unknown_routes() {
    let app = TestApp::new().await;
    for path in [
        "/nothing",
        "/apps/",
        "/assets/none.js",
        "/assets/a/b.js",
        "/assets/..%2findex.html",
        "/assets/%2e%2e%2fCargo.toml",
        "/index.html",
    ] {
        Ask::new(app.address, "GET", path).send().await.expect_error(404, "not_found");
    }
    Ask::new(app.address, "POST", "/").send().await.expect_error(405, "method_not_allowed");
}
