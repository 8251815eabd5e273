-- An app with a stopped sandbox and its snapshot, an app whose sandbox is about to be started, and
-- what was told of them.
INSERT INTO nodes VALUES ('node-1', 'overlay', 'it can', NULL, 1732000000000);
INSERT INTO apps (id, owner, name, description, tags, external_user_id, created_at, updated_at) VALUES
  ('01JD0000000000000000000001', 'alice', 'Shop', 'sells', '["a","b"]', 'u1', 1732000000000, 1732000000000),
  ('01JD0000000000000000000011', 'alice', 'Blog', NULL, '[]', NULL, 1732000000000, 1732000000000);
INSERT INTO sandboxes (id, owner, app_id, node, status, template, ports, visibility, idle_policy, limits,
  image, generation, base_snapshot_id, active_operation_id, created_at, updated_at, last_active_at) VALUES
  ('01JD0000000000000000000002', 'alice', '01JD0000000000000000000001', 'node-1', 'stopped', 'static', '[3000]', 'public', 'sleep', '{"memory_bytes":536870912,"cpus":1.0,"pids":256,"disk_bytes":1073741824}', 'image:1', 2, '01JD0000000000000000000003', NULL, 1, 2, 3),
  ('01JD0000000000000000000012', 'alice', '01JD0000000000000000000011', 'node-1', 'starting', 'static', '[3000]', 'private', 'always_on', '{"memory_bytes":536870912,"cpus":1.0,"pids":256,"disk_bytes":1073741824}', 'image:1', 1, NULL, '01JD0000000000000000000005', 1, 2, 3);
INSERT INTO layers (id, node, parent_id, depth, state, source, size_bytes, files, created_at) VALUES
  ('aaaaaaaaaaaa', 'node-1', NULL, 1, 'ready', 'seal/01JD0000000000000000000002/1', 4096, 3, 1),
  ('bbbbbbbbbbbb', 'node-1', 'aaaaaaaaaaaa', 2, 'ready', 'live/01JD0000000000000000000004', NULL, NULL, 2);
INSERT INTO generations VALUES
  ('01JD0000000000000000000002', 2, 'node-1', 'bbbbbbbbbbbb', 'active', 0, 1),
  ('01JD0000000000000000000012', 1, 'node-1', NULL, 'active', 0, 1);
INSERT INTO snapshots (id, owner, name, status, kind, source_sandbox_id, source_app_id, node, layer_id,
  base_image, template, ports, visibility, limits, created_at) VALUES
  ('01JD0000000000000000000003', 'alice', 'first', 'ready', 'manual', '01JD0000000000000000000002', '01JD0000000000000000000001', 'node-1', 'bbbbbbbbbbbb', 'image:1', 'static', '[3000]', 'public', '{"memory_bytes":536870912,"cpus":1.0,"pids":256,"disk_bytes":1073741824}', 1);
INSERT INTO operations (id, kind, owner, node, queue, lock_key, app_id, sandbox_id, snapshot_id, input, status,
  attempt, max_attempts, not_before, deadline, result, created_at, started_at, finished_at) VALUES
  ('01JD0000000000000000000004', 'snapshot.capture', 'alice', 'node-1', 'snapshot', '01JD0000000000000000000002', '01JD0000000000000000000001', '01JD0000000000000000000002', '01JD0000000000000000000003',
   '{"snapshot_id":"01JD0000000000000000000003","live":false}', 'succeeded', 1, 3, 1, 9, '{"snapshot_id":"01JD0000000000000000000003"}', 1, 2, 3),
  ('01JD0000000000000000000005', 'sandbox.start', 'alice', 'node-1', 'control', '01JD0000000000000000000012', '01JD0000000000000000000011', '01JD0000000000000000000012', NULL,
   '{"reason":"api"}', 'queued', 0, 3, 1, 4102444800000, NULL, 1, NULL, NULL);
INSERT INTO events VALUES
  ('01JD0000000000000000000006', 'alice', '01JD0000000000000000000001', '01JD0000000000000000000002', '01JD0000000000000000000003', NULL, '01JD0000000000000000000004', 1, 'snapshot.captured', 'info', 'Snapshot captured', '{"name":"first"}', 1);
INSERT INTO idempotency_keys VALUES ('alice', 'k', 'f', 201, '/v1/apps/01JD0000000000000000000001', '{}', 4102444800000);
