-- The tasks of an app are looked back on page by page, also those of sandboxes that are gone.
CREATE INDEX tasks_by_app ON tasks (app_id, id DESC);
