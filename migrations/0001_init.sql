-- The first schema: what the walking skeleton needs, with its invariants as constraints.
-- Times are INTEGER milliseconds since the epoch, booleans INTEGER 0/1, JSON is TEXT.

CREATE TABLE nodes (
    name          TEXT PRIMARY KEY,
    driver        TEXT NOT NULL CHECK (driver IN ('overlay', 'copy')),
    driver_reason TEXT NOT NULL,
    engine_error  TEXT,
    updated_at    INTEGER NOT NULL
);

-- Not `workers`: apalis has a table of that name.
CREATE TABLE worker_processes (
    name       TEXT PRIMARY KEY,
    node       TEXT NOT NULL,
    pid        INTEGER NOT NULL,
    queues     TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
);

CREATE TABLE apps (
    id                      TEXT PRIMARY KEY,
    owner                   TEXT NOT NULL,
    name                    TEXT NOT NULL,
    description             TEXT,
    tags                    TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
    external_user_id        TEXT,
    external_project_id     TEXT,
    forked_from_app_id      TEXT,
    forked_from_snapshot_id TEXT,
    -- Set while `app.delete` is under way: nothing may be begun on the app any more.
    active_operation_id     TEXT,
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL
);
CREATE INDEX apps_by_owner ON apps (owner, id DESC);
CREATE INDEX apps_by_external_user ON apps (owner, external_user_id, id DESC);

CREATE TABLE sandboxes (
    id                  TEXT PRIMARY KEY,
    owner               TEXT NOT NULL,
    app_id              TEXT NOT NULL REFERENCES apps (id),
    node                TEXT NOT NULL,
    status              TEXT NOT NULL CHECK (status IN ('creating', 'running', 'stopping', 'stopped',
                            'starting', 'restoring', 'deleting', 'error')),
    status_reason       TEXT,
    template            TEXT,
    ports               TEXT NOT NULL CHECK (json_valid(ports)),
    visibility          TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
    idle_policy         TEXT NOT NULL CHECK (idle_policy IN ('sleep', 'always_on')),
    idle_after_ms       INTEGER,
    limits              TEXT NOT NULL CHECK (json_valid(limits)),
    image               TEXT NOT NULL,
    generation          INTEGER NOT NULL CHECK (generation >= 1),
    base_snapshot_id    TEXT,
    project_user_id     TEXT,
    project_id          TEXT,
    -- Where the gateway may dial, and only while the container recorded with it runs.
    address             TEXT,
    container_id        TEXT,
    preview_status      TEXT NOT NULL DEFAULT 'down'
                            CHECK (preview_status IN ('down', 'starting', 'ready', 'error')),
    preview_http_status INTEGER,
    preview_checked_at  INTEGER,
    -- The one lifecycle operation that holds this sandbox, queued or running.
    active_operation_id TEXT,
    active_task_id      TEXT,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    last_active_at      INTEGER NOT NULL,
    CHECK ((address IS NULL) = (container_id IS NULL)),
    CHECK (address IS NULL OR status IN ('running', 'stopping', 'restoring', 'deleting'))
);
-- An app has at most one sandbox, and so has a project of a tenant.
CREATE UNIQUE INDEX sandboxes_one_per_app ON sandboxes (app_id);
CREATE UNIQUE INDEX sandboxes_one_per_project ON sandboxes (owner, project_user_id, project_id)
    WHERE project_id IS NOT NULL;
CREATE INDEX sandboxes_by_owner ON sandboxes (owner, id DESC);
CREATE INDEX sandboxes_by_node ON sandboxes (node, status);

-- Sealed, immutable bytes. `source` names the act that makes the layer, so that an act that is
-- repeated after a crash finds what it made before.
CREATE TABLE layers (
    id         TEXT PRIMARY KEY,
    node       TEXT NOT NULL,
    parent_id  TEXT REFERENCES layers (id),
    depth      INTEGER NOT NULL CHECK (depth >= 1),
    state      TEXT NOT NULL CHECK (state IN ('sealing', 'ready', 'deleting')),
    source     TEXT NOT NULL,
    -- A merged copy of the chain that ends in this layer; new generations stand on it instead.
    flat_of    TEXT,
    size_bytes INTEGER,
    files      INTEGER,
    created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX layers_by_source ON layers (source);
CREATE UNIQUE INDEX layers_flat ON layers (flat_of) WHERE flat_of IS NOT NULL;
CREATE INDEX layers_by_parent ON layers (parent_id);
CREATE INDEX layers_by_node ON layers (node, state);

-- Writable workspaces. A discarded one keeps its row until its bytes are gone, also after its
-- sandbox.
CREATE TABLE generations (
    sandbox_id    TEXT NOT NULL,
    number        INTEGER NOT NULL CHECK (number >= 1),
    node          TEXT NOT NULL,
    base_layer_id TEXT REFERENCES layers (id),
    state         TEXT NOT NULL CHECK (state IN ('active', 'prepared', 'discarded')),
    -- 1 once it was given to a container: only then can it hold changes.
    mounted       INTEGER NOT NULL DEFAULT 0 CHECK (mounted IN (0, 1)),
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (sandbox_id, number)
);
CREATE UNIQUE INDEX generations_one_active ON generations (sandbox_id) WHERE state = 'active';
CREATE INDEX generations_by_base ON generations (base_layer_id);
CREATE INDEX generations_by_node ON generations (node, state);

CREATE TABLE snapshots (
    id                 TEXT PRIMARY KEY,
    owner              TEXT NOT NULL,
    name               TEXT NOT NULL,
    status             TEXT NOT NULL CHECK (status IN ('capturing', 'ready', 'failed', 'deleting')),
    kind               TEXT NOT NULL CHECK (kind IN ('manual', 'safety', 'checkpoint')),
    source_sandbox_id  TEXT NOT NULL,
    source_app_id      TEXT NOT NULL,
    parent_snapshot_id TEXT,
    node               TEXT NOT NULL,
    -- NULL while capturing, and for a workspace that has never held a file.
    layer_id           TEXT REFERENCES layers (id),
    base_image         TEXT NOT NULL,
    -- What a sandbox made from the snapshot takes over when its source is gone.
    template           TEXT,
    ports              TEXT NOT NULL CHECK (json_valid(ports)),
    visibility         TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
    limits             TEXT NOT NULL CHECK (json_valid(limits)),
    task_id            TEXT,
    created_at         INTEGER NOT NULL
);
CREATE INDEX snapshots_by_owner ON snapshots (owner, id DESC);
CREATE INDEX snapshots_by_app ON snapshots (source_app_id, id DESC);
CREATE INDEX snapshots_by_layer ON snapshots (layer_id);
CREATE INDEX snapshots_by_parent ON snapshots (parent_snapshot_id);

CREATE TABLE operations (
    id               TEXT PRIMARY KEY,
    kind             TEXT NOT NULL,
    owner            TEXT NOT NULL,
    node             TEXT NOT NULL,
    queue            TEXT NOT NULL CHECK (queue IN ('control', 'snapshot', 'task', 'maintenance')),
    lock_key         TEXT NOT NULL,
    app_id           TEXT,
    sandbox_id       TEXT,
    snapshot_id      TEXT,
    task_id          TEXT,
    input            TEXT NOT NULL CHECK (json_valid(input)),
    status           TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    attempt          INTEGER NOT NULL DEFAULT 0,
    max_attempts     INTEGER NOT NULL,
    -- Fencing: every write-back names the token it was claimed with.
    token            INTEGER NOT NULL DEFAULT 0,
    lease_owner      TEXT,
    lease_until      INTEGER,
    not_before       INTEGER NOT NULL,
    deadline         INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
    -- Why it is being undone, as the final status and error. Once set it only goes down.
    undo             TEXT CHECK (undo IS NULL OR json_valid(undo)),
    -- The newest poke in the job queue.
    poke_id          TEXT,
    worker           TEXT,
    progress         TEXT CHECK (progress IS NULL OR json_valid(progress)),
    steps            TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(steps)),
    result           TEXT CHECK (result IS NULL OR json_valid(result)),
    error            TEXT CHECK (error IS NULL OR json_valid(error)),
    created_at       INTEGER NOT NULL,
    started_at       INTEGER,
    finished_at      INTEGER,
    CHECK ((status = 'running') = (lease_owner IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK ((status IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CHECK (status <> 'failed' OR error IS NOT NULL)
);
-- The database is the judge of "one at a time".
CREATE UNIQUE INDEX operations_one_running ON operations (lock_key) WHERE status = 'running';
CREATE INDEX operations_waiting ON operations (lock_key, id) WHERE status = 'queued';
CREATE INDEX operations_due ON operations (node, not_before) WHERE status = 'queued';
CREATE INDEX operations_leased ON operations (lease_until) WHERE status = 'running';
CREATE INDEX operations_by_owner ON operations (owner, id DESC);
CREATE INDEX operations_by_app ON operations (app_id, id DESC);
CREATE INDEX operations_by_sandbox ON operations (sandbox_id, id DESC);

-- Append-only. Ids are ULIDs that grow in commit order: they are allocated inside the write
-- transaction, greater than the newest.
CREATE TABLE events (
    id           TEXT PRIMARY KEY,
    owner        TEXT NOT NULL,
    app_id       TEXT,
    sandbox_id   TEXT,
    snapshot_id  TEXT,
    task_id      TEXT,
    operation_id TEXT,
    attempt      INTEGER,
    type         TEXT NOT NULL,
    severity     TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
    message      TEXT NOT NULL,
    payload      TEXT NOT NULL CHECK (json_valid(payload)),
    created_at   INTEGER NOT NULL
);
CREATE INDEX events_by_owner ON events (owner, id);
CREATE INDEX events_by_app ON events (app_id, id);
CREATE INDEX events_by_operation ON events (operation_id, id);

CREATE TABLE idempotency_keys (
    owner       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status      INTEGER NOT NULL,
    location    TEXT,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Who does a node's housekeeping; runs out by itself when its worker dies or is stopped.
CREATE TABLE leases (
    name  TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until INTEGER NOT NULL
);
