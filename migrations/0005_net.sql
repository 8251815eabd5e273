-- What sandboxes may reach. An app says it (egress); a sandbox keeps one address for its life, so
-- that rules for it are in before its container runs and never apply to somebody else's; names
-- that an allowlist holds are resolved by the node, and each answer counts from when it was seen.

ALTER TABLE apps ADD COLUMN egress TEXT NOT NULL DEFAULT '{"policy":"open","allow":[]}'
    CHECK (json_valid(egress));

-- The address on the sandboxes' network, whether or not the container runs (unlike `address`).
ALTER TABLE sandboxes ADD COLUMN net_address TEXT;
CREATE UNIQUE INDEX sandboxes_one_per_address ON sandboxes (node, net_address)
    WHERE net_address IS NOT NULL;

ALTER TABLE nodes ADD COLUMN firewall TEXT NOT NULL DEFAULT 'unknown'
    CHECK (firewall IN ('unknown', 'on', 'off'));
-- Why the rules are not in place, in words for a person.
ALTER TABLE nodes ADD COLUMN firewall_error TEXT;

CREATE TABLE resolved_names (
    node    TEXT NOT NULL,
    name    TEXT NOT NULL,
    address TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (node, name, address)
);
CREATE INDEX resolved_names_by_age ON resolved_names (seen_at);
