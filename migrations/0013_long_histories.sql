-- What is looked for in histories of a million events and a hundred thousand operations: events of one
-- type, those that are not mere information, and operations that haven't ended, also by what they are
-- about (asked with every deletion of a snapshot).
CREATE INDEX events_by_type ON events (owner, type, id);
CREATE INDEX events_by_severity ON events (owner, severity, id) WHERE severity <> 'info';
CREATE INDEX operations_unfinished_by_owner ON operations (owner, id DESC)
    WHERE status IN ('queued', 'running');
CREATE INDEX operations_unfinished_by_snapshot ON operations (snapshot_id)
    WHERE status IN ('queued', 'running');
