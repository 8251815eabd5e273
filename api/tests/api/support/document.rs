//! What the OpenAPI document says of a request and its answer. Every exchange of the suite is held
//! against it, so that neither can change without the other.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// Headers that are there whenever they are described.
const SENT_ALWAYS: [&str; 5] =
    ["x-request-id", "location", "retry-after", "www-authenticate", "set-cookie"];
/// Headers that are described whenever they are there.
const NEVER_UNSAID: [&str; 6] = [
    "location",
    "retry-after",
    "www-authenticate",
    "set-cookie",
    "preference-applied",
    "idempotency-replayed",
];

static DOCUMENT: LazyLock<Document> = LazyLock::new(Document::load);

/// The document, with validators of what was asked for.
pub(crate) struct Document {
    /// As it is.
    pub(crate) open: Value,
    /// With no room for fields that it doesn't name: answers have none.
    closed: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// An operation of the document, and the values of its path's parameters.
pub(crate) struct Found {
    /// Its name.
    pub(crate) id: String,
    method: String,
    path: String,
    values: Vec<(String, String)>,
}

impl Document {
    /// The document of the routes.
    pub(crate) fn get() -> &'static Self {
        &DOCUMENT
    }

    fn load() -> Self {
        let open = json!(sandboxd_api::openapi::document());
        let mut closed = open.clone();
        let mut parts = HashSet::new();
        collect_parts(&open, &mut parts);
        for (name, schema) in closed["components"]["schemas"].as_object_mut().unwrap() {
            close(schema, !parts.contains(name));
        }
        Self { open, closed, validators: Mutex::default() }
    }

    /// The operation that a request is for; none if its path has no route, or not this method.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<Found> {
        let (path, values) = self.route(path)?;
        let method = if method == "HEAD" { "get" } else { &method.to_lowercase() };
        let operation = self.open["paths"][&path].get(method)?;
        let id = operation["operationId"].as_str().unwrap().to_owned();
        Some(Found { id, method: method.to_owned(), path, values })
    }

    /// The route of a path: the one with the fewest parameters that fits.
    fn route(&self, path: &str) -> Option<(String, Vec<(String, String)>)> {
        let given: Vec<&str> = path.split('/').collect();
        let routes = self.open["paths"].as_object().unwrap().keys();
        routes
            .filter_map(|route| {
                let parts: Vec<&str> = route.split('/').collect();
                let mut values = Vec::new();
                for (part, given) in parts.iter().zip(&given) {
                    match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                        Some(name) => values.push((name.to_owned(), (*given).to_owned())),
                        None if part == given => {}
                        None => return None,
                    }
                }
                (parts.len() == given.len()).then(|| (route.clone(), values))
            })
            .min_by_key(|(_, values)| values.len())
    }

    /// What a reference points at; other values are themselves.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
        self.open.pointer(reference.strip_prefix('#').unwrap()).unwrap()
    }

    /// An operation as it is described.
    pub(crate) fn operation(&self, found: &Found) -> &Value {
        &self.open["paths"][&found.path][&found.method]
    }

    /// The answer of an operation with a status, as it is described.
    fn answer(&self, found: &Found, status: u16) -> Option<&Value> {
        let answer = self.operation(found)["responses"].get(status.to_string())?;
        Some(self.resolve(answer))
    }

    /// What is wrong with a value, if anything is.
    fn errors(&self, schema: &Value, value: &Value, closed: bool) -> Vec<String> {
        let key = format!("{closed} {schema}");
        let validator =
            Arc::clone(self.validators.lock().unwrap().entry(key).or_insert_with(|| {
                let document = if closed { &self.closed } else { &self.open };
                let mut whole = schema.clone();
                if closed {
                    close(&mut whole, true);
                }
                whole["components"] = document["components"].clone();
                let options = jsonschema::options().should_validate_formats(true);
                Arc::new(options.build(&whole).unwrap())
            }));
        let errors = validator.iter_errors(value);
        errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    /// Fails unless the document describes this answer.
    pub(crate) fn check_answer(&self, what: &str, found: Option<&Found>, reply: &super::Reply) {
        assert!(!reply.header("x-request-id").is_empty(), "{what}: no X-Request-Id");
        let Some(found) = found else {
            let schema = json!({ "$ref": "#/components/schemas/ErrorAnswer" });
            assert!(matches!(reply.status, 401 | 404 | 405), "{what}: {}", reply.text);
            let errors = self.errors(&schema, &reply.json, true);
            return assert!(errors.is_empty() || reply.text.is_empty(), "{what}: {errors:?}");
        };
        let described = self.answer(found, reply.status).unwrap_or_else(|| {
            let id = &found.id;
            panic!("{what}: the document has no {} of {id}: {}", reply.status, reply.text)
        });
        self.check_headers(what, described, reply);
        if !what.starts_with("HEAD ") {
            self.check_body(what, described, reply);
        }
    }

    fn check_headers(&self, what: &str, described: &Value, reply: &super::Reply) {
        let empty = Map::new();
        let headers = described["headers"].as_object().unwrap_or(&empty);
        let known: HashSet<String> = headers.keys().map(|name| name.to_lowercase()).collect();
        for name in SENT_ALWAYS.iter().filter(|name| known.contains(**name)) {
            assert!(!reply.header(name).is_empty(), "{what}: {} has no {name}", reply.status);
        }
        for name in NEVER_UNSAID.iter().filter(|name| !known.contains(**name)) {
            let (status, value) = (reply.status, reply.header(name));
            assert!(value.is_empty(), "{what}: {status} isn't said to have {name}: {value}");
        }
        for (name, header) in headers {
            let value = reply.header(name);
            let schema = &self.resolve(header)["schema"];
            assert!(value.is_empty() || self.fits(schema, value), "{what}: {name}: {value}");
        }
    }

    fn check_body(&self, what: &str, described: &Value, reply: &super::Reply) {
        let Some(content) = described["content"].as_object() else {
            return assert!(reply.bytes.is_empty(), "{what}: a body that isn't described");
        };
        let media = reply.header("content-type").split(';').next().unwrap().trim();
        let body = content.get(media).unwrap_or_else(|| panic!("{what}: {media} isn't described"));
        if media == "application/json" {
            let errors = self.errors(&body["schema"], &reply.json, true);
            assert!(errors.is_empty(), "{what}: {}: {errors:?}\n{}", reply.status, reply.text);
        }
    }

    /// Fails unless the document allows this request, which was done.
    pub(crate) fn check_request(&self, what: &str, found: &Found, query: &str, body: &[u8]) {
        let operation = self.operation(found);
        let given = operation["parameters"].as_array().into_iter().flatten();
        let parameters: Vec<&Value> = given.map(|given| self.resolve(given)).collect();
        let check = |place: &str, name: &str, value: &str| {
            let parameter = parameters.iter().find(|one| one["in"] == place && one["name"] == name);
            let parameter = parameter.unwrap_or_else(|| panic!("{what}: no {place} {name}"));
            assert!(self.fits(&parameter["schema"], value), "{what}: {name}: {value}");
        };
        for (name, value) in &found.values {
            check("path", name, &percent_decoded(value));
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            check("query", name, &percent_decoded(value));
        }
        let described = &operation["requestBody"]["content"]["application/json"]["schema"];
        if described.is_null() || body.is_empty() {
            return;
        }
        let errors = self.errors(described, &serde_json::from_slice(body).unwrap(), false);
        assert!(errors.is_empty(), "{what}: was done, though by the document: {errors:?}");
    }

    /// Whether a text is a value of a schema.
    fn fits(&self, schema: &Value, text: &str) -> bool {
        let value = serde_json::from_str(text).unwrap_or(Value::Null);
        self.errors(schema, &json!(text), false).is_empty()
            || self.errors(schema, &value, false).is_empty()
    }
}

/// The names of schemas that others are put together from.
fn collect_parts(value: &Value, found: &mut HashSet<String>) {
    match value {
        Value::Object(fields) => {
            for part in fields.get("allOf").and_then(Value::as_array).into_iter().flatten() {
                let name = part["$ref"].as_str().and_then(|path| path.rsplit('/').next());
                found.extend(name.map(str::to_owned));
            }
            fields.values().for_each(|value| collect_parts(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_parts(value, found)),
        _ => {}
    }
}

/// Leaves no room in objects for fields that aren't named.
fn close(schema: &mut Value, whole: bool) {
    let Some(fields) = schema.as_object_mut() else { return };
    for part in fields.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        close(part, false);
    }
    for key in ["oneOf", "anyOf"] {
        for choice in fields.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            close(choice, true);
        }
    }
    let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flat_map(Map::values_mut).for_each(|field| close(field, true));
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = fields.get_mut(key) {
            close(inner, true);
        }
    }
    let named = fields.contains_key("properties") || fields.contains_key("allOf");
    if whole && named && !fields.contains_key("additionalProperties") {
        fields.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}

fn percent_decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match hex.filter(|_| first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => (bytes.push(byte), rest = &after[2..]),
            None => (bytes.push(first), rest = after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
