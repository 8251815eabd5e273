-- Tasks: one prompt for a coding agent, what became of it, and what the agent said. Both outlive
-- the sandbox.
CREATE TABLE tasks (
    id                    TEXT PRIMARY KEY,
    owner                 TEXT NOT NULL,
    sandbox_id            TEXT NOT NULL,
    app_id                TEXT NOT NULL,
    operation_id          TEXT NOT NULL,
    agent                 TEXT NOT NULL,
    model                 TEXT,
    prompt                TEXT NOT NULL,
    command               TEXT CHECK (command IS NULL OR json_valid(command)),
    continue_task_id      TEXT,
    timeout_ms            INTEGER NOT NULL CHECK (timeout_ms > 0),
    checkpoint            INTEGER NOT NULL CHECK (checkpoint IN (0, 1)),
    status                TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    failure_reason        TEXT CHECK (failure_reason IN ('cancelled', 'agent_timeout', 'agent_error',
                              'sandbox_unavailable', 'internal')),
    error_message         TEXT,
    files_changed         TEXT CHECK (files_changed IS NULL OR json_valid(files_changed)),
    agent_message_final   TEXT,
    build_ok              INTEGER CHECK (build_ok IN (0, 1)),
    build_error_message   TEXT,
    preview_status_after  TEXT,
    checkpoint_before     TEXT,
    checkpoint_after      TEXT,
    usage                 TEXT CHECK (usage IS NULL OR json_valid(usage)),
    -- The agent's own session, for follow-ups.
    session               TEXT,
    -- The container that the prompt was handed to. Set, durably, before it is: it never goes to
    -- another one.
    handed_over_to        TEXT,
    -- Whether its supervisor has said that the agent was begun. From then on nothing is sent again,
    -- whatever the sandbox says later.
    begun                 INTEGER NOT NULL DEFAULT 0 CHECK (begun IN (0, 1)),
    -- When the agent is to be done.
    ends_by               INTEGER,
    -- How the agent ended, as the supervisor tells it.
    ended                 TEXT CHECK (ended IS NULL OR json_valid(ended)),
    -- How much of the agent's output is in task_output, in bytes of the supervisor's file, and what
    -- the reader of its lines remembers. Written together with the rows.
    output_offset         INTEGER NOT NULL DEFAULT 0,
    reader                TEXT CHECK (reader IS NULL OR json_valid(reader)),
    created_at            INTEGER NOT NULL,
    started_at            INTEGER,
    finished_at           INTEGER,
    CHECK ((status IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CHECK (status NOT IN ('failed', 'cancelled') OR failure_reason IS NOT NULL)
);
-- The database is the judge of "one at a time".
CREATE UNIQUE INDEX tasks_one_active ON tasks (sandbox_id) WHERE status IN ('queued', 'running');
CREATE INDEX tasks_by_sandbox ON tasks (sandbox_id, id DESC);
CREATE INDEX tasks_by_owner ON tasks (owner, id DESC);
CREATE INDEX tasks_by_end ON tasks (finished_at) WHERE finished_at IS NOT NULL;

-- What the agent said, in the order in which it was said.
CREATE TABLE task_output (
    task_id    TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    -- 1, 2, 3 … without gaps.
    seq        INTEGER NOT NULL CHECK (seq >= 1),
    type       TEXT NOT NULL CHECK (type IN ('status', 'message', 'tool', 'build', 'done')),
    data       TEXT NOT NULL CHECK (json_valid(data)),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (task_id, seq)
) WITHOUT ROWID;

-- The children of an `app.explore`, by the operation that made them.
ALTER TABLE apps ADD COLUMN explored_by TEXT;
CREATE INDEX apps_by_exploration ON apps (explored_by) WHERE explored_by IS NOT NULL;
