//! What the Go system's published document of v0.4.0 has is here, or the migration guide says what
//! became of it.

use serde_json::Value;

use super::{document, read};

/// Its operations, and how each succeeded.
const ROUTES: &[(&str, &str)] = &[
    ("GET /v1/settings", "200"),
    ("PATCH /v1/settings", "200"),
    ("GET /v1/presets", "200"),
    ("GET /v1/apps", "200"),
    ("POST /v1/apps", "201"),
    ("GET /v1/apps/{id}", "200"),
    ("PATCH /v1/apps/{id}", "200"),
    ("POST /v1/apps/{id}/sandbox", "201"),
    ("GET /v1/apps/{id}/snapshots", "200"),
    ("POST /v1/apps/{id}/restore", "201"),
    ("POST /v1/apps/{id}/fork", "201"),
    ("GET /v1/apps/{id}/events", "200"),
    ("GET /v1/tasks/{id}/events", "200"),
    ("GET /v1/apps/{id}/config", "200"),
    ("POST /v1/apps/{id}/config", "201"),
    ("PATCH /v1/apps/{id}/config/{key}", "200"),
    ("DELETE /v1/apps/{id}/config/{key}", "204"),
    ("POST /v1/sandboxes", "201"),
    ("GET /v1/sandboxes/{id}", "200"),
    ("DELETE /v1/sandboxes/{id}", "200"),
    ("POST /v1/sandboxes/{id}/start", "200"),
    ("POST /v1/sandboxes/{id}/stop", "200"),
    ("POST /v1/sandboxes/{id}/tasks", "202"),
    ("GET /v1/sandboxes/{id}/tasks/{taskId}", "200"),
    ("GET /v1/sandboxes/{id}/tasks/{taskId}/events", "200"),
    ("POST /v1/sandboxes/{id}/tasks/{taskId}/cancel", "200"),
    ("GET /v1/sandboxes/{id}/files", "200"),
    ("PUT /v1/sandboxes/{id}/files", "200"),
    ("GET /v1/sandboxes/{id}/files/content", "200"),
    ("GET /v1/sandboxes/{id}/processes/{name}/logs", "200"),
    ("GET /v1/sandboxes/{id}/export", "200"),
    ("GET /v1/snapshots", "200"),
    ("POST /v1/snapshots", "201"),
    ("GET /v1/snapshots/{id}", "200"),
    ("DELETE /v1/snapshots/{id}", "204"),
];

/// Its fields, by our name of what has them.
const FIELDS: &[(&str, &str)] = &[
    (
        "App",
        "id name description tags external_user_id external_project_id runtime_preset \
         current_sandbox_id created_at updated_at",
    ),
    ("CreateApp", "name description tags external_user_id external_project_id runtime_preset"),
    ("UpdateApp", "name description tags"),
    ("CreateAppSandbox", "template runtime_preset ports"),
    ("CreateSandbox", "template from_snapshot runtime_preset visibility project"),
    ("Sandbox", "id status template preview processes created_at updated_at"),
    ("Preview", "url status last_checked_at"),
    ("RestoreApp", "snapshot_id"),
    ("ForkApp", "snapshot_id name"),
    ("ForkedChild", "app sandbox"),
    ("CaptureSnapshot", "source_sandbox_id name"),
    (
        "Snapshot",
        "id name status source_sandbox_id source_app_id base_image visibility size_bytes created_at",
    ),
    ("Event", "id type severity message app_id sandbox_id task_id snapshot_id payload created_at"),
    ("EventList", "events next_before"),
    ("ConfigEntry", "key sensitive access_policy value_set value created_at updated_at"),
    ("CreateConfig", "key value sensitive access_policy"),
    ("UpdateConfig", "value sensitive access_policy"),
    ("RunTask", "prompt agent model timeout_s"),
    (
        "TaskResult",
        "id sandbox_id status failure_reason error_message files_changed agent_message_final \
         build_ok build_error_message preview_status_after duration_ms",
    ),
    ("ErrorAnswer", "error"),
];

/// An operation of ours by a route of its; what a parameter in a path is called makes no difference.
fn operation<'a>(document: &'a Value, route: &str) -> &'a Value {
    let (method, path) = route.split_once(' ').unwrap();
    &document["paths"][path.replace("{taskId}", "{task_id}")][method.to_lowercase()]
}

/// Whether the guide tells of it, by this name.
fn is_told(guide: &str, name: &str) -> bool {
    guide.contains(&format!("`{name}`")) || guide.contains(&format!("`{name}?"))
}

#[test]
fn every_route_of_the_go_system_is_here_or_in_the_guide() {
    let (document, guide) = (document(), read("docs/migrating-from-go.md"));
    for (route, status) in ROUTES {
        let operation = operation(&document, route);
        let same = !operation["responses"][*status].is_null();
        assert!(same || is_told(&guide, route), "{route} {status}: say what became of it");
        // What is accepted now was done then.
        let accepted = !operation["responses"]["202"].is_null();
        assert!(!accepted || is_told(&guide, route), "{route}: say that it is accepted");
    }
}

#[test]
fn every_field_of_the_go_system_is_here_or_in_the_guide() {
    let (document, guide) = (document(), read("docs/migrating-from-go.md"));
    for (name, fields) in FIELDS {
        let schema = &document["components"]["schemas"][*name];
        assert!(schema["properties"].is_object(), "there is no {name}");
        for field in fields.split_whitespace() {
            let same = schema["properties"].get(field).is_some();
            assert!(same || is_told(&guide, field), "{name}.{field}: say what became of it");
        }
    }
}

#[test]
fn the_guide_tells_of_nothing_as_gone_that_is_here() {
    let (document, guide) = (document(), read("docs/migrating-from-go.md"));
    let gone =
        guide.lines().filter(|line| line.contains("| gone") || line.contains("not there yet"));
    let mut seen = 0;
    for (route, _) in ROUTES {
        if gone.clone().any(|line| line.contains(&format!("`{route}`"))) {
            seen += 1;
            assert_eq!(
                operation(&document, route),
                &Value::Null,
                "{route} is here: the guide is out of date"
            );
        }
    }
    assert!(seen > 0);
}
