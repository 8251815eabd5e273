//! The document as a whole.

use sandboxd_shared::domain::{OperationKind, QueueClass};
use utoipa::ToSchema;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{
    Components, InfoBuilder, OpenApi, OpenApiBuilder, RefOr, Required, Schema, Server,
};

use super::accepted::Accepted;
use super::examples::{Examples, json_bodies};
use super::{common, refusals, shared};
use crate::auth::SESSION_COOKIE;
use crate::server::Documented;
use crate::view::OperationView;
use crate::web::{ErrorAnswer, SearchText};

/// Groups of operations, in the order to read them.
const TAGS: [(&str, &str); 14] = [
    ("apps", "Apps: what a tenant owns. Each has a sandbox, snapshots and a timeline."),
    ("config", "Config: keys and secrets of an app, for its dev server and its agents."),
    ("sandboxes", "Sandboxes: a container over a workspace that outlives it."),
    (
        "files",
        "Files of a sandbox, whether it runs or is stopped. Paths are relative to the app folder.",
    ),
    ("programs", "Programs, terminals and the log of a sandbox that runs."),
    ("tasks", "Tasks: prompts for agents, what became of them, and what the agents said."),
    ("snapshots", "Snapshots: captured workspaces, to restore and to fork from."),
    ("operations", "Operations: the long actions that requests start."),
    ("timeline", "The timeline: what happened, as pages and as a live stream."),
    ("tenants", "Who asks, what a tenant may use, and who did what."),
    ("webhooks", "Webhooks: who is sent events, and the log of what they were sent."),
    ("workers", "Who works, on what, and what waits."),
    ("health", "Whether the process lives, and whether work can be done."),
    ("description", "This document."),
];

/// The document of the routes that are served.
#[must_use]
pub fn document() -> OpenApi {
    let Documented { mut open, mut authenticated } = Documented::routes();
    common::complete_open(&mut open.paths);
    common::complete_authenticated(&mut authenticated.paths);
    let mut document = head();
    document.merge(authenticated);
    document.merge(open);
    let components = document.components.get_or_insert_default();
    add_components(components);
    hide_our_own_kinds(components);
    let examples = Examples::new(components);
    for (_, operation) in common::operations(&mut document.paths) {
        complete_bodies(operation, &examples);
    }
    document
}

/// The document as YAML, as it is kept in `docs/openapi.yaml`.
#[must_use]
pub fn yaml() -> String {
    let yaml = document().to_yaml().expect("invariant: a document is representable as YAML");
    let lines = yaml.lines().map(quote_time).collect::<Vec<_>>().join("\n");
    format!("# Made by `sandboxd-api openapi`; change the routes, not this file.\n{lines}\n")
}

/// Quotes a time at the end of a line, which YAML 1.1 would take for more than a text.
fn quote_time(line: &str) -> String {
    let at = line.rfind(' ').map_or(0, |at| at + 1);
    let (start, value) = line.split_at(at);
    let is_time = !start.trim().is_empty() && value.parse::<jiff::Timestamp>().is_ok();
    if is_time { format!("{start}'{value}'") } else { line.to_owned() }
}

fn head() -> OpenApi {
    let tag = |(name, text): (&str, &str)| -> Tag {
        TagBuilder::new().name(name).description(Some(text)).build()
    };
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("sandboxd")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(include_str!("intro.md"))),
        )
        .servers(Some([Server::new("http://127.0.0.1:9090")]))
        .tags(Some(TAGS.map(tag)))
        .build()
}

/// Adds what is referred to without being the body of a route: shared answers and parameters, and
/// types that only parameters have.
fn add_components(components: &mut Components) {
    components.schemas.extend(schema_with_parts::<ErrorAnswer>());
    components.schemas.extend(schema_with_parts::<OperationView>());
    components.schemas.extend(schema_with_parts::<SearchText>());
    let answers = refusals::all().into_iter().chain([(Accepted::NAME, Accepted::response())]);
    components.responses.extend(named(answers));
    components.headers.extend(named(shared::headers()));
    components.parameters.extend(named(shared::parameters()));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A token's name is a tenant"))
        .build();
    components.add_security_scheme(common::BEARER, SecurityScheme::Http(bearer));
    let hint = "Of `POST /v1/session`; writes repeat its `csrf_token` as `X-CSRF-Token`";
    let cookie = ApiKeyValue::with_description(SESSION_COOKIE, hint);
    let session = SecurityScheme::ApiKey(ApiKey::Cookie(cookie));
    components.add_security_scheme(common::SESSION, session);
}

/// Takes out the kinds of operations that no client ever sees: those of maintenance.
fn hide_our_own_kinds(components: &mut Components) {
    let is_ours = |kind: &OperationKind| kind.queue() == QueueClass::Maintenance;
    let ours: Vec<&str> =
        OperationKind::ALL.iter().filter(|kind| is_ours(kind)).map(|kind| kind.as_str()).collect();
    if let Some(RefOr::T(Schema::Object(kinds))) = components.schemas.get_mut("OperationKind") {
        let shown = kinds.enum_values.iter_mut();
        shown.for_each(|values| values.retain(|kind| !ours.iter().any(|it| kind == it)));
    }
}

/// A schema with those that it refers to, by name.
fn schema_with_parts<T: ToSchema>() -> Vec<(String, RefOr<Schema>)> {
    let mut found = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut found);
    found
}

fn named<T>(
    parts: impl IntoIterator<Item = (&'static str, T)>,
) -> impl Iterator<Item = (String, RefOr<T>)> {
    parts.into_iter().map(|(name, part)| (name.to_owned(), RefOr::T(part)))
}

/// Gives bodies their examples, and says of a request's whether it may be left out.
fn complete_bodies(operation: &mut Operation, examples: &Examples) {
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        // Bytes: none are an empty file.
        if !body.content.contains_key("application/json") {
            body.required = Some(Required::False);
        }
        for content in json_bodies(body.content.iter_mut()) {
            examples.complete(content);
            let required = examples.is_required(content);
            body.required = Some(if required { Required::True } else { Required::False });
        }
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            json_bodies(response.content.iter_mut()).for_each(|content| examples.complete(content));
        }
    }
}
