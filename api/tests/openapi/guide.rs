//! docs/api.md has an example of every route, and of nothing else. That they work is tried where
//! there is an engine: tests/tests/described/examples.rs.

use std::collections::BTreeSet;

use super::{document, operations, read};

#[test]
fn the_guide_has_an_example_of_every_route() {
    let document = document();
    let wanted: BTreeSet<String> = operations(&document)
        .into_iter()
        .map(|(what, _)| {
            let (method, path) = what.split_once(' ').unwrap();
            format!("{} {path}", method.to_uppercase())
        })
        .collect();
    let guide = read("docs/api.md");
    let mut inside = false;
    let mut shown = BTreeSet::new();
    for line in guide.lines() {
        inside = if line.starts_with("```") { line == "```sh" } else { inside };
        let Some(comment) = line.strip_prefix("# ").filter(|_| inside) else { continue };
        shown.insert(comment.split(": ").next().unwrap().to_owned());
    }
    let missing: Vec<&String> = wanted.difference(&shown).collect();
    assert!(missing.is_empty(), "docs/api.md: add examples, as others are, of {missing:?}");
    let unknown: Vec<&String> = shown.difference(&wanted).collect();
    assert!(unknown.is_empty(), "docs/api.md: there is no such route: {unknown:?}");
}
