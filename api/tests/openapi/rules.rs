//! What every operation of the document has.

use std::collections::HashSet;

use serde_json::Value;

use super::{document, operations, resolve};

#[test]
fn every_operation_has_a_name_of_its_own_a_tag_and_words() {
    let document = document();
    let tags: HashSet<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let (mut names, mut used) = (HashSet::new(), HashSet::new());
    for (what, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{what}: another operation is named {name}");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{what}");
        let tag = operation["tags"][0].as_str().unwrap();
        assert!(tags.contains(tag), "{what}: openapi/document.rs doesn't describe the tag {tag}");
        used.insert(tag);
    }
    assert_eq!(used, tags);
}

#[test]
fn every_operation_says_how_it_succeeds_and_fails() {
    let document = document();
    for (what, operation) in operations(&document) {
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with(['1', '2'])), "{what}");
        for (status, answer) in answers {
            let answer = resolve(&document, answer);
            assert!(!answer["headers"]["X-Request-Id"].is_null(), "{what}: {status}");
            if status.starts_with(['4', '5']) {
                let schema = &answer["content"]["application/json"]["schema"];
                assert_eq!(schema["$ref"], "#/components/schemas/ErrorAnswer", "{what}: {status}");
            }
        }
        let is_behind_a_token = !operation["security"].is_null();
        assert_eq!(is_behind_a_token, what.contains(" /v1/"), "{what}");
        assert_eq!(is_behind_a_token, answers.contains_key("401"), "{what}");
        assert!(!what.contains('{') || answers.contains_key("404"), "{what}");
    }
}

#[test]
fn what_starts_an_operation_says_where_to_follow_it_and_what_waiting_gives() {
    let document = document();
    let mut started = 0;
    for (what, operation) in operations(&document) {
        let accepted = &operation["responses"]["202"];
        if accepted.is_null() {
            continue;
        }
        started += 1;
        let accepted = resolve(&document, accepted);
        for header in ["Location", "Retry-After"] {
            assert!(!accepted["headers"][header].is_null(), "{what}: {header}");
        }
        let prefers = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .any(|parameter| resolve(&document, parameter)["name"] == "Prefer");
        let finished = ["200", "201", "204"].iter().any(|status| {
            !operation["responses"][*status]["headers"]["Preference-Applied"].is_null()
        });
        assert_eq!(prefers, finished, "{what}");
        assert!(prefers || what.ends_with("/cancel"), "{what}");
    }
    assert!(started >= 9, "{started}");
}

#[test]
fn every_post_takes_a_key() {
    // What that answers is a secret, which isn't kept.
    const KEYLESS: &str = "post /v1/session";
    let document = document();
    for (what, operation) in
        operations(&document).iter().filter(|(what, _)| what.starts_with("post") && what != KEYLESS)
    {
        let takes = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .any(|parameter| resolve(&document, parameter)["name"] == "Idempotency-Key");
        assert!(takes, "{what}");
    }
}

#[test]
fn every_reference_points_at_something_and_every_component_is_used() {
    let document = document();
    let mut used = HashSet::new();
    collect_references(&document, &mut used);
    for reference in &used {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} points at nothing: a type that only parameters have is named in \
             openapi/document.rs, or inlined with #[param(inline)]"
        );
    }
    for kind in ["schemas", "responses", "parameters", "headers"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(used.contains(reference.as_str()), "nothing uses {reference}");
        }
    }
}

fn collect_references<'a>(value: &'a Value, found: &mut HashSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}

#[test]
fn kinds_of_operations_that_no_client_sees_are_not_shown() {
    let document = document();
    let kinds = &document["components"]["schemas"]["OperationKind"]["enum"];
    assert!(kinds.as_array().unwrap().contains(&Value::from("app.fork")), "{kinds}");
    assert!(!document.to_string().contains("layer.compact"));
}
