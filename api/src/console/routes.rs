//! Where the console is. Its pages are routes of their own, so that a path that is neither its nor
//! the API's is still 404.

use axum::Router;
use axum::routing::get;

use super::{files, page};
use crate::server::Api;

/// The pages that the console routes by itself (`console/src/routes/tree.tsx`).
const PAGES: [&str; 9] = [
    "/",
    "/apps",
    "/apps/{app}",
    "/apps/{app}/{*tab}",
    "/operations",
    "/operations/{operation}",
    "/workers",
    "/webhooks",
    "/webhooks/{webhook}",
];

/// Files that keep their names from build to build.
const FIXED: [&str; 2] = ["/icon.svg", "/theme.js"];

/// The console's routes. They are for everybody: what they show comes from the API.
pub(crate) fn routes() -> Router<Api> {
    let mut router = Router::new().route("/assets/{file}", get(files::get_built));
    for path in PAGES {
        router = router.route(path, get(page::get_page));
    }
    for path in FIXED {
        router = router.route(path, get(files::get_fixed));
    }
    router
}
