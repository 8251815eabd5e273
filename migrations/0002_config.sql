-- App config: what dev servers and agents get as environment, and what only the control plane
-- reads. Every value is sealed, whether sensitive or not, with a key that isn't in the database.

CREATE TABLE app_config (
    app_id        TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    key           TEXT NOT NULL,
    -- 1: never shown again.
    sensitive     INTEGER NOT NULL CHECK (sensitive IN (0, 1)),
    access_policy TEXT NOT NULL CHECK (access_policy IN
                      ('control_plane_only', 'agent_access', 'runtime_access', 'both')),
    -- Which key it is sealed with, so that keys can rotate.
    key_id        TEXT NOT NULL,
    nonce         BLOB NOT NULL CHECK (length(nonce) = 24),
    sealed        BLOB NOT NULL,
    -- How long the value is as JSON text: how it travels to a sandbox, and what is limited.
    json_bytes    INTEGER NOT NULL CHECK (json_bytes >= 2),
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (app_id, key)
);
CREATE INDEX app_config_by_key_id ON app_config (key_id);

-- Grows with every change of an app's config.
ALTER TABLE apps ADD COLUMN config_version INTEGER NOT NULL DEFAULT 0;
-- The version that the sandbox's present container was given. Means nothing while none runs.
ALTER TABLE sandboxes ADD COLUMN config_delivered INTEGER NOT NULL DEFAULT 0;
