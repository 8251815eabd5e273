//! The columns of tables that are read by whole rows, by name. A process keeps its statements
//! prepared, and the driver keeps a statement's columns with it: once the next version of the schema
//! has one more, a `SELECT *` of before would give more than the driver knows of, and it panics
//! (seen with sqlx 0.9).

/// The columns of a table.
macro_rules! columns {
    (api_tokens) => {
        "id, tenant, label, hash, created_at, expires_at, revoked_at"
    };
    (app_config) => {
        "app_id, key, sensitive, access_policy, key_id, nonce, sealed, json_bytes, \
         created_at, updated_at"
    };
    (apps) => {
        "id, owner, name, description, tags, external_user_id, external_project_id, \
         forked_from_app_id, forked_from_snapshot_id, active_operation_id, created_at, \
         updated_at, config_version, egress, explored_by"
    };
    (audit_log) => {
        "id, owner, actor, action, method, route, targets, status, request_id, peer, \
         created_at"
    };
    (events) => {
        "id, owner, app_id, sandbox_id, snapshot_id, task_id, operation_id, attempt, type, \
         severity, message, payload, created_at"
    };
    (generations) => {
        "sandbox_id, number, node, base_layer_id, state, mounted, created_at"
    };
    (layers) => {
        "id, node, parent_id, depth, state, source, flat_of, size_bytes, files, created_at"
    };
    (nodes) => {
        "name, driver, driver_reason, engine_error, updated_at, firewall, firewall_error, \
         agents"
    };
    (operations) => {
        "id, kind, owner, node, queue, lock_key, app_id, sandbox_id, snapshot_id, task_id, \
         input, status, attempt, max_attempts, token, lease_owner, lease_until, not_before, \
         deadline, cancel_requested, undo, poke_id, worker, progress, steps, result, error, \
         created_at, started_at, finished_at, trace_context"
    };
    (preview_tokens) => {
        "id, owner, sandbox_id, port, expires_at, revoked_at, created_at"
    };
    (sandboxes) => {
        "id, owner, app_id, node, status, status_reason, template, ports, visibility, \
         idle_policy, idle_after_ms, limits, image, generation, base_snapshot_id, \
         project_user_id, project_id, address, container_id, preview_status, \
         preview_http_status, preview_checked_at, active_operation_id, active_task_id, \
         created_at, updated_at, last_active_at, config_delivered, net_address"
    };
    (sessions) => {
        "hash, tenant, token_hash, created_at, seen_at"
    };
    (snapshots) => {
        "id, owner, name, status, kind, source_sandbox_id, source_app_id, parent_snapshot_id, \
         node, layer_id, base_image, template, ports, visibility, limits, task_id, \
         created_at, kept"
    };
    (tasks) => {
        "id, owner, sandbox_id, app_id, operation_id, agent, model, prompt, command, \
         continue_task_id, timeout_ms, checkpoint, status, failure_reason, error_message, \
         files_changed, agent_message_final, build_ok, build_error_message, \
         preview_status_after, checkpoint_before, checkpoint_after, usage, session, \
         handed_over_to, begun, ends_by, ended, output_offset, reader, created_at, \
         started_at, finished_at"
    };
    (webhook_deliveries) => {
        "id, webhook_id, message_id, event_id, type, body, status, attempts, due_at, \
         claimed_by, response_status, response_excerpt, error, duration_ms, attempted_at, \
         created_at, finished_at"
    };
    (webhook_secrets) => {
        "webhook_id, present, signs_until, key_id, nonce, sealed"
    };
    (webhooks) => {
        "id, owner, url, events, app_id, description, enabled, disabled_reason, \
         failing_since, created_at, updated_at"
    };
    (worker_processes) => {
        "name, node, pid, queues, started_at, seen_at"
    };
}

/// A query for rows of a table, and what comes after the table's name.
macro_rules! select {
    ($table:ident, $rest:literal) => {
        concat!("SELECT ", columns!($table), " FROM ", stringify!($table), " ", $rest)
    };
    ($table:ident) => {
        concat!("SELECT ", columns!($table), " FROM ", stringify!($table))
    };
}
