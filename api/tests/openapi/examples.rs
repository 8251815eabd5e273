//! The document's examples are what its schemas say.

use serde_json::{Value, json};

use super::{document, operations, resolve};

/// Fails unless `example` is valid for a schema of the document.
fn assert_valid(document: &Value, schema: &Value, example: &Value, what: &str) {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    let validator = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
    let errors: Vec<String> = validator.iter_errors(example).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{what}: {errors:?}\n{example:#}");
}

#[test]
fn examples_of_schemas_are_valid_and_show_no_more_than_they_say() {
    let document = document();
    let mut seen = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for example in schema["examples"].as_array().into_iter().flatten() {
            assert_valid(&document, schema, example, name);
            let (shown, said) = (example.as_object(), schema["properties"].as_object());
            for field in shown.into_iter().flat_map(|shown| shown.keys()) {
                assert!(said.unwrap().contains_key(field), "{name} has no {field}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 20, "{seen}");
}

#[test]
fn every_body_has_a_valid_example() {
    let document = document();
    for (what, operation) in operations(&document) {
        let answers = operation["responses"].as_object().unwrap().values();
        let bodies = answers.map(|answer| resolve(&document, answer));
        for body in bodies.chain(operation.get("requestBody")) {
            let Some(content) = body["content"].get("application/json") else { continue };
            let own = content.get("example");
            let of_schema = &resolve(&document, &content["schema"])["examples"][0];
            let example = own.unwrap_or(of_schema);
            assert!(!example.is_null(), "{what}: give the schema an example, as others have");
            assert_valid(&document, &content["schema"], example, &what);
        }
    }
}

#[test]
fn an_invalid_example_would_be_found() {
    let document = document();
    let schema = json!({ "$ref": "#/components/schemas/AppId" });
    let found = std::panic::catch_unwind(|| {
        assert_valid(&document, &schema, &json!("not an id"), "an id");
    });
    assert!(found.is_err());
}
