-- Who may call, what a tenant may use, and who did what. The columns are called `tenant` where a row
-- is about who may call, and `owner` where it is a thing that a tenant has: only the latter move
-- when an operator lets one tenant adopt another's things.

-- Tokens made by an operator; those of the settings have no row. Only hashes are kept.
CREATE TABLE api_tokens (
    id         TEXT PRIMARY KEY,
    tenant     TEXT NOT NULL,
    label      TEXT NOT NULL,
    -- BLAKE3 of the token, in hex.
    hash       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
);

-- When a token was last used, wherever it comes from: the id of a row above, or a name such as
-- `settings:alice:1`.
CREATE TABLE token_uses (
    token        TEXT PRIMARY KEY,
    tenant       TEXT NOT NULL,
    label        TEXT NOT NULL,
    source       TEXT NOT NULL CHECK (source IN ('admin', 'settings', 'file', 'installation')),
    last_used_at INTEGER NOT NULL
);

-- Signed-in browsers. A session lives as long as its token does.
CREATE TABLE sessions (
    -- BLAKE3 of the cookie's secret, in hex.
    hash       TEXT PRIMARY KEY,
    tenant     TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
);
CREATE INDEX sessions_by_token ON sessions (token_hash, created_at);

-- Limits. The tenant `(default)` holds the settings of the API process that started last; others
-- are what an operator gave a tenant. 0 = no limit.
CREATE TABLE quotas (
    tenant TEXT NOT NULL,
    quota  TEXT NOT NULL CHECK (quota IN ('sandboxes', 'running', 'snapshots', 'disk_bytes', 'tasks',
               'operations_per_minute', 'requests_per_minute')),
    value  INTEGER NOT NULL CHECK (value >= 0),
    PRIMARY KEY (tenant, quota)
);

-- What was asked and what came of it; never bodies or values.
CREATE TABLE audit_log (
    id         TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    actor      TEXT NOT NULL,
    action     TEXT NOT NULL,
    method     TEXT NOT NULL,
    route      TEXT NOT NULL,
    targets    TEXT NOT NULL CHECK (json_valid(targets)),
    -- NULL where the client went away before it was answered.
    status     INTEGER,
    request_id TEXT,
    peer       TEXT,
    created_at INTEGER NOT NULL
);
CREATE INDEX audit_log_by_owner ON audit_log (owner, id DESC);

-- What quotas count is counted in the transaction that accepts: from indexes alone.
CREATE INDEX sandboxes_by_owner_status ON sandboxes (owner, status);
CREATE INDEX snapshots_by_owner_status ON snapshots (owner, status);
CREATE INDEX operations_of_tasks ON operations (owner) WHERE queue = 'task' AND status IN ('queued', 'running');
