-- Which agents a node's image has, as a JSON array of their names; NULL while nobody has looked.
ALTER TABLE nodes ADD COLUMN agents TEXT CHECK (agents IS NULL OR json_valid(agents));

-- The timeline of a task.
CREATE INDEX events_by_task ON events (task_id, id) WHERE task_id IS NOT NULL;
