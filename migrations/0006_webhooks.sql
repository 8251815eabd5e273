-- Webhooks: who wants to hear of events, and an outbox of what they are to hear. A delivery is
-- written in the transaction of its event, with the body that every attempt sends: what retention
-- takes off the timeline is still delivered.
CREATE TABLE webhooks (
    id               TEXT PRIMARY KEY,
    owner            TEXT NOT NULL,
    url              TEXT NOT NULL,
    events           TEXT NOT NULL CHECK (json_valid(events)),
    app_id           TEXT,
    description      TEXT,
    enabled          INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    disabled_reason  TEXT CHECK (disabled_reason IN ('user', 'gone', 'failing')),
    -- The first failed attempt since the last that succeeded.
    failing_since    INTEGER,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    CHECK ((enabled = 0) = (disabled_reason IS NOT NULL))
);
CREATE INDEX webhooks_by_owner ON webhooks (owner, id DESC);
-- Looked up with every event: a tenant that has none pays one look into this index.
CREATE INDEX webhooks_listening ON webhooks (owner) WHERE enabled = 1;

-- What messages are signed with, sealed like app config with a key that isn't in the database.
CREATE TABLE webhook_secrets (
    webhook_id  TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    -- 0: the one of before the last rotation, which signs too for a while.
    present     INTEGER NOT NULL CHECK (present IN (0, 1)),
    signs_until INTEGER,
    -- Which key it is sealed with, so that keys can rotate.
    key_id      TEXT NOT NULL,
    nonce       BLOB NOT NULL CHECK (length(nonce) = 24),
    sealed      BLOB NOT NULL,
    PRIMARY KEY (webhook_id, present),
    CHECK ((present = 1) = (signs_until IS NULL))
);
CREATE INDEX webhook_secrets_by_key_id ON webhook_secrets (key_id);

CREATE TABLE webhook_deliveries (
    id               TEXT PRIMARY KEY,
    webhook_id       TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    -- What receivers know it by: the same in all attempts and in a redelivery.
    message_id       TEXT NOT NULL,
    -- NULL for one that was sent to try the webhook.
    event_id         TEXT,
    type             TEXT NOT NULL,
    body             TEXT NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'cancelled')),
    attempts         INTEGER NOT NULL DEFAULT 0,
    -- When it is to be sent, and while a worker sends it, when that worker's claim ends. Whoever
    -- finds it in the past sends it.
    due_at           INTEGER,
    claimed_by       TEXT,
    response_status  INTEGER,
    response_excerpt TEXT,
    error            TEXT,
    duration_ms      INTEGER,
    attempted_at     INTEGER,
    created_at       INTEGER NOT NULL,
    finished_at      INTEGER,
    CHECK ((status = 'pending') = (due_at IS NOT NULL)),
    CHECK ((status = 'pending') = (finished_at IS NULL)),
    CHECK (claimed_by IS NULL OR status = 'pending')
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, due_at, message_id)
    WHERE status = 'pending';
CREATE INDEX webhook_deliveries_claimed ON webhook_deliveries (webhook_id)
    WHERE claimed_by IS NOT NULL;
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (webhook_id, id DESC);
CREATE INDEX webhook_deliveries_by_end ON webhook_deliveries (finished_at)
    WHERE finished_at IS NOT NULL;

-- How far the timeline was pruned: who resumes before it is told that something is missing.
CREATE TABLE event_retention (
    only_row       INTEGER PRIMARY KEY CHECK (only_row = 1),
    pruned_through TEXT NOT NULL
);
-- Timelines of one sandbox.
CREATE INDEX events_by_sandbox ON events (sandbox_id, id);
