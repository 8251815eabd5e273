INSERT INTO oversized_workspaces (sandbox_id, noted_at)
VALUES ('01JD0000000000000000000002', 1735689600000);
