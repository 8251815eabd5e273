INSERT INTO tasks (id, owner, sandbox_id, app_id, operation_id, agent, prompt, timeout_ms, checkpoint, status,
  files_changed, agent_message_final, created_at, started_at, finished_at) VALUES
  ('01JD0000000000000000000021', 'alice', '01JD0000000000000000000002', '01JD0000000000000000000001', '01JD0000000000000000000022', 'claude-code', 'Make it blue', 60000, 1, 'succeeded',
   '["a"]', 'It is blue.', 1, 2, 4102444800000);
INSERT INTO task_output VALUES ('01JD0000000000000000000021', 1, 'message', '{"text":"It is blue."}', 3);
