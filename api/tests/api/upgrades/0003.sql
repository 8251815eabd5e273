INSERT INTO api_tokens VALUES ('01JD0000000000000000000041', 'alice', 'ci', 'hash-of-a-token', 1, NULL, NULL);
INSERT INTO token_uses VALUES ('settings:alice:1', 'alice', 'settings', 'settings', 5);
INSERT INTO sessions VALUES ('hash-of-a-cookie', 'alice', 'hash-of-a-token', 1, 2);
INSERT INTO quotas VALUES ('alice', 'running', 17);
INSERT INTO audit_log VALUES ('01JD0000000000000000000042', 'alice', 'alice', 'create_app', 'POST', '/v1/apps',
  '{"app_id":"01JD0000000000000000000001"}', 201, 'r1', '127.0.0.1', 1);
