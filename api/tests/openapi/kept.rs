//! The kept document is the one that the code makes, and nothing is served beside it.

use std::path::Path;

const HOW: &str = "run `cargo run -p sandboxd-api -- openapi > docs/openapi.yaml` and commit it";

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_kept_document_is_the_one_of_the_code() {
    let (kept, made) = (read("docs/openapi.yaml"), sandboxd_api::openapi::yaml());
    let differs = kept.lines().zip(made.lines()).position(|(kept, made)| kept != made);
    assert!(kept == made, "docs/openapi.yaml is out of date from line {differs:?} on: {HOW}");
}

#[test]
fn every_route_is_one_of_the_document() {
    let router = read("api/src/server/router.rs");
    for past_the_document in [".route(", ".route_service(", ".nest(", ".nest_service("] {
        assert!(
            !router.contains(past_the_document),
            "router.rs: add the route with .routes(routes!(…)), see docs/decisions/0031-openapi-from-routes.md"
        );
    }
    assert!(router.contains(".routes(routes!("));
}
