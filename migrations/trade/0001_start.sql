-- The centre's tables. Money is whole fen, times are UTC milliseconds, ids are 63-bit numbers.
-- Only what SQLite and PostgreSQL share is used.

CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Mark of the numbers handed out, moved in the transaction that uses them.
CREATE TABLE number_mark (
    name TEXT NOT NULL PRIMARY KEY,
    last_ms BIGINT NOT NULL,
    sequence BIGINT NOT NULL
);

CREATE TABLE store (
    store_id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    cutoff_minutes BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL
);

CREATE TABLE till (
    till_id BIGINT NOT NULL PRIMARY KEY,
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    label TEXT NOT NULL,
    worker BIGINT NOT NULL UNIQUE,
    public_key TEXT NOT NULL UNIQUE,
    enrolled_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT,
    UNIQUE (store_id, label)
);

-- The code itself is never kept, only its hash.
CREATE TABLE invite (
    code_hash TEXT NOT NULL PRIMARY KEY,
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    used_by BIGINT REFERENCES till (till_id)
);

-- A merchant account. `key_ref` names where its keys are; the keys are not here.
CREATE TABLE pay_channel (
    enterprise_id BIGINT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    app_id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    merchant_serial TEXT NOT NULL,
    api_base TEXT NOT NULL,
    notify_base TEXT NOT NULL,
    key_ref TEXT NOT NULL,
    prefer TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    refunds_stopped BIGINT NOT NULL,
    refunds_per_hour_max BIGINT NOT NULL,
    refund_sum_per_hour_max_minor BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE store_channel (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    means TEXT NOT NULL,
    enterprise_id BIGINT NOT NULL REFERENCES pay_channel (enterprise_id),
    PRIMARY KEY (store_id, means)
);

-- One row per tender: the lock under which a winner is chosen.
CREATE TABLE pay_order (
    pay_order_id BIGINT NOT NULL PRIMARY KEY,
    product_app_id TEXT NOT NULL,
    product_order_no BIGINT NOT NULL,
    order_no BIGINT NOT NULL,
    store_id BIGINT NOT NULL,
    till_id BIGINT NOT NULL,
    means TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    given_up BIGINT NOT NULL,
    winner_trade_no BIGINT,
    version BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    changed_at_ms BIGINT NOT NULL,
    UNIQUE (product_app_id, product_order_no)
);
CREATE INDEX pay_order_of_till ON pay_order (till_id, changed_at_ms);
CREATE INDEX pay_order_unsettled ON pay_order (till_id, state);

-- A tender that was closed or given up before it was ever asked for: a late request for it is refused.
CREATE TABLE tombstone (
    product_app_id TEXT NOT NULL,
    product_order_no BIGINT NOT NULL,
    till_id BIGINT NOT NULL,
    why TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (product_app_id, product_order_no)
);

CREATE TABLE trade (
    trade_no BIGINT NOT NULL PRIMARY KEY,
    pay_order_id BIGINT NOT NULL REFERENCES pay_order (pay_order_id),
    attempt_key TEXT NOT NULL,
    enterprise_id BIGINT NOT NULL,
    app_id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    description TEXT NOT NULL,
    notify_url TEXT NOT NULL,
    state TEXT NOT NULL,
    disposition TEXT NOT NULL,
    code_url TEXT,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    answered_at_ms BIGINT,
    paying BIGINT NOT NULL,
    transaction_id TEXT,
    paid_at_ms BIGINT,
    refused_code TEXT,
    suspense_amount_minor BIGINT,
    refund_due_at_ms BIGINT,
    next_call TEXT,
    next_call_at_ms BIGINT,
    lease_no BIGINT NOT NULL,
    lease_until_ms BIGINT NOT NULL,
    leased_at_ms BIGINT NOT NULL,
    asked BIGINT NOT NULL,
    UNIQUE (pay_order_id, attempt_key)
);
CREATE INDEX trade_due ON trade (next_call_at_ms) WHERE next_call_at_ms IS NOT NULL;
CREATE INDEX trade_refund_due ON trade (refund_due_at_ms) WHERE refund_due_at_ms IS NOT NULL;

-- `refund_key` is the caller's key of the intent, or `automatic`: at most one of that per trade.
CREATE TABLE refund_record (
    refund_no BIGINT NOT NULL PRIMARY KEY,
    trade_no BIGINT NOT NULL REFERENCES trade (trade_no),
    pay_order_id BIGINT NOT NULL REFERENCES pay_order (pay_order_id),
    enterprise_id BIGINT NOT NULL,
    refund_key TEXT NOT NULL,
    reason TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    notify_url TEXT NOT NULL,
    refund_status BIGINT NOT NULL,
    needs_attention BIGINT NOT NULL,
    refund_id TEXT,
    created_at_ms BIGINT NOT NULL,
    first_sent_at_ms BIGINT,
    last_sent_at_ms BIGINT,
    next_call TEXT,
    next_call_at_ms BIGINT,
    lease_no BIGINT NOT NULL,
    lease_until_ms BIGINT NOT NULL,
    leased_at_ms BIGINT NOT NULL,
    asked BIGINT NOT NULL,
    UNIQUE (trade_no, refund_key)
);
CREATE INDEX refund_due ON refund_record (next_call_at_ms) WHERE next_call_at_ms IS NOT NULL;
CREATE INDEX refund_of_order ON refund_record (pay_order_id);
CREATE INDEX refund_sent ON refund_record (enterprise_id, first_sent_at_ms);

-- Money or words of a platform that fit nothing here: a person decides.
CREATE TABLE suspense (
    suspense_id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    enterprise_id BIGINT NOT NULL,
    trade_no TEXT NOT NULL,
    amount_minor BIGINT,
    detail TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    resolved_at_ms BIGINT,
    resolved_by TEXT,
    resolution TEXT,
    UNIQUE (kind, reference)
);

CREATE TABLE audit (
    audit_id BIGINT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL
);

-- Position after the last change of a topic within the generation.
CREATE TABLE topic (
    topic TEXT NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL,
    next_seq BIGINT NOT NULL
);

CREATE TABLE change (
    topic TEXT NOT NULL,
    generation BIGINT NOT NULL,
    position BIGINT NOT NULL,
    what TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (topic, generation, position)
);

-- Every entry of every till, verbatim. `refused_code` is set where it was stored and not applied.
CREATE TABLE journal (
    till_id BIGINT NOT NULL REFERENCES till (till_id),
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    refused_code TEXT,
    received_at_ms BIGINT NOT NULL,
    PRIMARY KEY (till_id, epoch, seq)
);

CREATE INDEX journal_hash ON journal (till_id, hash);

CREATE TABLE journal_head (
    till_id BIGINT NOT NULL REFERENCES till (till_id),
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (till_id, epoch, seq)
);

-- Completed orders and their sums as the tills state them.
CREATE TABLE completed_order (
    till_id BIGINT NOT NULL,
    order_no BIGINT NOT NULL,
    business_day TEXT NOT NULL,
    total_minor BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (till_id, order_no)
);

CREATE TABLE till_day (
    till_id BIGINT NOT NULL,
    business_day TEXT NOT NULL,
    orders BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    cash_minor BIGINT NOT NULL,
    code_minor BIGINT NOT NULL,
    PRIMARY KEY (till_id, business_day)
);
