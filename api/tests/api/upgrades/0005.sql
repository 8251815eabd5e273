UPDATE apps SET egress = '{"policy":"allowlist","allow":["example.com"]}' WHERE id = '01JD0000000000000000000001';
UPDATE sandboxes SET net_address = '10.213.0.7' WHERE id = '01JD0000000000000000000002';
UPDATE nodes SET firewall = 'on';
INSERT INTO resolved_names VALUES ('node-1', 'example.com', '192.0.2.1', 4102444800000);
