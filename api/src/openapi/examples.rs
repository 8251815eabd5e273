//! Examples of whole bodies, put together from those of their parts where a body has none itself.

use serde_json::{Map, Value, json};
use utoipa::openapi::{Components, Content, RefOr};

/// The schemas to take examples from.
pub(super) struct Examples(Value);

impl Examples {
    pub(super) fn new(components: &Components) -> Self {
        Self(json!(components.schemas))
    }

    /// Gives a body an example, unless its schema has one.
    pub(super) fn complete(&self, content: &mut Content) {
        let Some(schema) = &content.schema else { return };
        let schema = json!(schema);
        let has_own = self.resolve(&schema).get("examples").is_some();
        if !has_own && content.example.is_none() && content.examples.is_empty() {
            content.example = Some(self.compose(&schema));
        }
    }

    /// Whether a body must be sent: one without fields that are required may be left out.
    pub(super) fn is_required(&self, content: &Content) -> bool {
        let schema = json!(content.schema);
        self.resolve(&schema).get("required").is_some()
    }

    /// A schema itself in place of a reference to it.
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        name.and_then(|name| self.0.get(name)).unwrap_or(schema)
    }

    fn compose(&self, schema: &Value) -> Value {
        let schema = self.resolve(schema);
        let first = |key: &str| schema[key].as_array().and_then(|list| list.first());
        if let Some(example) = first("examples").or_else(|| first("enum")) {
            return example.clone();
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let parts = parts.iter().map(|part| self.compose(part));
            let fields = parts.filter_map(|part| part.as_object().cloned()).flatten();
            return Value::Object(fields.collect());
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let choice = choices.iter().find(|choice| choice["type"] != "null");
            return choice.map_or(Value::Null, |choice| self.compose(choice));
        }
        if let Some(properties) = schema["properties"].as_object() {
            return Value::Object(self.compose_fields(properties));
        }
        let kind = &schema["type"];
        match kind.as_array().and_then(|kinds| kinds.first()).unwrap_or(kind).as_str() {
            Some("array") => json!([self.compose(&schema["items"])]),
            Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
            Some("boolean") => json!(true),
            Some("object") => json!({}),
            _ => json!("text"),
        }
    }

    fn compose_fields(&self, properties: &Map<String, Value>) -> Map<String, Value> {
        properties.iter().map(|(name, schema)| (name.clone(), self.compose(schema))).collect()
    }
}

/// The bodies of a request or an answer that are JSON.
pub(super) fn json_bodies<'a>(
    content: impl Iterator<Item = (&'a String, &'a mut RefOr<Content>)>,
) -> impl Iterator<Item = &'a mut Content> {
    content.filter(|(media, _)| *media == "application/json").filter_map(|(_, content)| {
        match content {
            RefOr::T(content) => Some(content),
            RefOr::Ref(_) => None,
        }
    })
}
