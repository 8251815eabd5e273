-- What keeps sandboxes asleep or awake, as rows: how often one that is always on was started again
-- after it ended by itself, and memory that is promised to sandboxes whose start is under way.

CREATE TABLE restarts (
    sandbox_id  TEXT PRIMARY KEY REFERENCES sandboxes (id) ON DELETE CASCADE,
    -- Starts since `since`.
    attempts    INTEGER NOT NULL CHECK (attempts >= 0),
    since       INTEGER NOT NULL,
    -- The back-off.
    not_before  INTEGER NOT NULL
);

-- A start is admitted when what is free also covers what others were promised a moment ago and do
-- not use yet. Runs out by itself.
CREATE TABLE memory_promises (
    operation_id TEXT PRIMARY KEY,
    node         TEXT NOT NULL,
    bytes        INTEGER NOT NULL CHECK (bytes >= 0),
    until        INTEGER NOT NULL
);
CREATE INDEX memory_promises_by_node ON memory_promises (node, until);
