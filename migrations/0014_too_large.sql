-- 1 once a sandbox was stopped because its workspace held more than it may. It is measured before it
-- is started again.
ALTER TABLE sandboxes ADD COLUMN too_large INTEGER NOT NULL DEFAULT 0 CHECK (too_large IN (0, 1));
