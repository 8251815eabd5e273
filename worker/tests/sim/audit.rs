//! Who wrote what. Each connection of a worker has triggers of its own, which note within the same
//! transaction what somebody changed who doesn't hold the operation that it belongs to. SQLite tells
//! it, and none of the code under test.

/// Where the notes are; a part of every life's database.
pub(crate) const TABLE: &str = "CREATE TABLE strangers \
     (what TEXT NOT NULL, writer TEXT NOT NULL, operation TEXT NOT NULL, holder TEXT)";

/// The triggers of one worker's connection. A running operation's work is its holder's alone, and so
/// is its success; to be given away, failed or cancelled it may be by others, when the lease is lost.
/// Of a sandbox whoever sees its container end may take the address away.
pub(crate) fn triggers(writer: &str) -> [String; 2] {
    [
        format!(
            "CREATE TEMP TRIGGER operation_of_another AFTER UPDATE ON main.operations \
             WHEN OLD.status = 'running' AND OLD.lease_owner <> '{writer}' \
             AND (NEW.status = 'succeeded' OR NEW.steps IS NOT OLD.steps \
                  OR NEW.result IS NOT OLD.result \
                  OR NEW.lease_owner = OLD.lease_owner AND NEW.lease_until IS NOT OLD.lease_until) \
             BEGIN INSERT INTO strangers \
             VALUES ('operation', '{writer}', OLD.id, OLD.lease_owner); END"
        ),
        format!(
            "CREATE TEMP TRIGGER sandbox_of_another AFTER UPDATE ON main.sandboxes \
             WHEN OLD.active_operation_id IS NOT NULL AND (NEW.status IS NOT OLD.status \
                  OR NEW.generation IS NOT OLD.generation) \
             BEGIN INSERT INTO strangers \
             SELECT 'sandbox', '{writer}', id, lease_owner FROM operations \
             WHERE id = OLD.active_operation_id AND (status = 'queued' AND attempt > 0 \
             OR status = 'running' AND lease_owner <> '{writer}'); END"
        ),
    ]
}
