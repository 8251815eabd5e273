//! Who wrote what. Each connection of a worker has triggers of its own, which note within the same
//! transaction what somebody changed who doesn't hold the operation that it belongs to, and what may
//! not happen to an operation whoever holds it. SQLite tells it, and none of the code under test.

/// Where the notes are; a part of every life's database.
pub(crate) const TABLE: &str = "CREATE TABLE strangers \
     (what TEXT NOT NULL, writer TEXT NOT NULL, operation TEXT NOT NULL, holder TEXT)";

/// The triggers of one worker's connection. A running operation's work is its holder's alone, and so
/// is its success; to be given away, failed or cancelled it may be by others, when the lease is lost.
/// What nobody holds nobody works on. What doesn't succeed is undone, and that is written down before,
/// for whoever has to go on with it; from then on it can't succeed any more. Of a sandbox whoever sees
/// its container end may take the address away.
pub(crate) fn triggers(writer: &str) -> Vec<String> {
    let note_of = |what: &str, operation: &str| {
        format!(
            "INSERT INTO strangers SELECT '{what}', '{writer}', o.id, o.lease_owner FROM operations o \
             WHERE o.id = {operation} AND (o.status = 'queued' AND o.attempt > 0 \
             OR o.status = 'running' AND o.lease_owner <> '{writer}')"
        )
    };
    let note = |what: &str, sandbox: &str| {
        let operation = format!("(SELECT active_operation_id FROM sandboxes WHERE id = {sandbox})");
        note_of(what, &operation)
    };
    vec![
        format!(
            "CREATE TEMP TRIGGER operation_of_another AFTER UPDATE ON main.operations \
             WHEN (OLD.status <> 'running' OR OLD.lease_owner <> '{writer}') \
             AND (NEW.status = 'succeeded' OR NEW.steps IS NOT OLD.steps \
                  OR NEW.result IS NOT OLD.result \
                  OR NEW.lease_owner = OLD.lease_owner AND NEW.lease_until IS NOT OLD.lease_until) \
             BEGIN INSERT INTO strangers \
             VALUES ('operation', '{writer}', OLD.id, OLD.lease_owner); END"
        ),
        format!(
            "CREATE TEMP TRIGGER ending AFTER UPDATE OF status ON main.operations \
             WHEN OLD.status = 'running' AND (NEW.status IN ('failed', 'cancelled') \
                  AND OLD.undo IS NULL OR NEW.status = 'succeeded' AND OLD.undo IS NOT NULL) \
             BEGIN INSERT INTO strangers \
             VALUES (NEW.status || ' ending', '{writer}', OLD.id, OLD.lease_owner); END"
        ),
        format!(
            "CREATE TEMP TRIGGER sandbox_of_another AFTER UPDATE ON main.sandboxes \
             WHEN NEW.active_operation_id IS NOT NULL AND (NEW.status IS NOT OLD.status \
                  OR NEW.generation IS NOT OLD.generation) \
             BEGIN {}; END",
            note("sandbox", "NEW.id")
        ),
        format!(
            "CREATE TEMP TRIGGER workspace_of_another \
             AFTER UPDATE OF state, base_layer_id, mounted ON main.generations \
             BEGIN {}; END",
            note("workspace", "NEW.sandbox_id")
        ),
        format!(
            "CREATE TEMP TRIGGER new_workspace_of_another AFTER INSERT ON main.generations \
             BEGIN {}; END",
            note("workspace", "NEW.sandbox_id")
        ),
        format!(
            "CREATE TEMP TRIGGER task_of_another AFTER UPDATE ON main.tasks BEGIN {}; END",
            note_of("task", "NEW.operation_id")
        ),
        format!(
            "CREATE TEMP TRIGGER event_of_another AFTER INSERT ON main.events \
             WHEN NEW.type NOT LIKE 'operation.%' BEGIN {}; END",
            note_of("event", "NEW.operation_id")
        ),
        // `live/<operation>`
        format!(
            "CREATE TEMP TRIGGER live_layer_of_another AFTER UPDATE ON main.layers \
             WHEN NEW.source LIKE 'live/%' BEGIN {}; END",
            note_of("live layer", "substr(NEW.source, 6)")
        ),
        // `seal/<sandbox>/<generation>`
        format!(
            "CREATE TEMP TRIGGER new_layer_of_another AFTER INSERT ON main.layers \
             WHEN NEW.source LIKE 'seal/%' \
             BEGIN {}; END",
            note("layer", "substr(NEW.source, 6, 26)")
        ),
        format!(
            "CREATE TEMP TRIGGER layer_of_another AFTER UPDATE OF state ON main.layers \
             WHEN OLD.state = 'sealing' AND NEW.state = 'ready' AND NEW.source LIKE 'seal/%' \
             BEGIN {}; END",
            note("layer", "substr(NEW.source, 6, 26)")
        ),
    ]
}
