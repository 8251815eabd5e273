-- The value that the test seals has a key of its own; here is what an app says of its config.
UPDATE apps SET config_version = 7 WHERE id = '01JD0000000000000000000001';
UPDATE sandboxes SET config_delivered = 6 WHERE id = '01JD0000000000000000000002';
