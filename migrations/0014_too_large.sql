-- Sandboxes that were stopped because their workspace held more than it may. They are measured before
-- they are started again.
CREATE TABLE oversized_workspaces (
    sandbox_id TEXT PRIMARY KEY REFERENCES sandboxes (id) ON DELETE CASCADE,
    noted_at   INTEGER NOT NULL
);
