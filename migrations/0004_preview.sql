-- Links to private previews. A link carries a signed token, which is never stored; the row is what
-- lets it be listed and revoked, and a token without a row opens nothing.
CREATE TABLE preview_tokens (
    id         TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    sandbox_id TEXT NOT NULL REFERENCES sandboxes (id) ON DELETE CASCADE,
    -- NULL opens all ports of the sandbox.
    port       INTEGER CHECK (port BETWEEN 1 AND 65535),
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    created_at INTEGER NOT NULL
);
CREATE INDEX preview_tokens_by_sandbox ON preview_tokens (sandbox_id, id DESC);
-- What the gateway reads, and what is pruned.
CREATE INDEX preview_tokens_by_expiry ON preview_tokens (expires_at) WHERE revoked_at IS NULL;
