-- Callers of the existing contract, and their orders.

-- When an order is closed by itself; a till's order never is.
ALTER TABLE pay_order ADD COLUMN deadline_ms BIGINT;

-- A business system. `secret_ref` names where its secret is; the secret is not here. `trusted` lists networks
-- from which it may call without a signature, separated by commas.
CREATE TABLE caller (
    product_app_id TEXT NOT NULL PRIMARY KEY,
    caller_id BIGINT NOT NULL UNIQUE,
    secret_ref TEXT NOT NULL,
    trusted TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT
);

-- The merchant accounts that a caller may name.
CREATE TABLE caller_grant (
    product_app_id TEXT NOT NULL REFERENCES caller (product_app_id),
    enterprise_id BIGINT NOT NULL REFERENCES pay_channel (enterprise_id),
    granted_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT,
    PRIMARY KEY (product_app_id, enterprise_id)
);
