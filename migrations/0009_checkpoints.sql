-- Tasks leave two checkpoints each, so old ones go by themselves: all but the newest of an app, and
-- all but those that a person has named.

ALTER TABLE snapshots ADD COLUMN kept INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, 1));

CREATE INDEX snapshots_checkpoints ON snapshots (source_app_id, id DESC)
    WHERE kind = 'checkpoint' AND kept = 0;
