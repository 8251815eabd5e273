INSERT INTO webhooks (id, owner, url, events, enabled, created_at, updated_at) VALUES
  ('01JD0000000000000000000031', 'alice', 'https://hooks.example.com/x', '["*"]', 1, 1, 1);
INSERT INTO webhook_deliveries (id, webhook_id, message_id, event_id, type, body, status, attempts,
  response_status, created_at, finished_at) VALUES
  ('01JD0000000000000000000032', '01JD0000000000000000000031', '01JD0000000000000000000033', '01JD0000000000000000000006', 'snapshot.captured', '{}', 'succeeded', 1, 204, 1, 4102444800000);
INSERT INTO event_retention VALUES (1, '01JC0000000000000000000000');
