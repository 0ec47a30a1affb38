-- Reconciliation: a merchant account's bill of a day against the books. Only what SQLite and PostgreSQL share is used.

-- `reading` counts the different bills that were read of the day. `position_ms` and `position` say how far the
-- present step has come, so that it goes on there after a crash.
CREATE TABLE bill_day (
    enterprise_id BIGINT NOT NULL REFERENCES pay_channel (enterprise_id),
    day TEXT NOT NULL,
    state TEXT NOT NULL,
    reading BIGINT NOT NULL,
    fingerprint TEXT,
    row_count BIGINT NOT NULL,
    position_ms BIGINT NOT NULL,
    position BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    tried BIGINT NOT NULL,
    problem TEXT,
    ready_at_ms BIGINT NOT NULL,
    next_try_at_ms BIGINT,
    lease_no BIGINT NOT NULL,
    done_at_ms BIGINT,
    PRIMARY KEY (enterprise_id, day)
);
CREATE INDEX bill_day_due ON bill_day (next_try_at_ms) WHERE next_try_at_ms IS NOT NULL;

-- What the platform's bill says, and what was found of it here. `fee_milli` is in thousandths of a fen.
CREATE TABLE bill_row (
    enterprise_id BIGINT NOT NULL,
    day TEXT NOT NULL,
    reading BIGINT NOT NULL,
    line BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    trade_no TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    refund_no TEXT,
    refund_id TEXT,
    refund_state TEXT,
    amount_minor BIGINT NOT NULL,
    fee_milli BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    asked_at_ms BIGINT,
    PRIMARY KEY (enterprise_id, day, reading, line),
    FOREIGN KEY (enterprise_id, day) REFERENCES bill_day (enterprise_id, day)
);
CREATE INDEX bill_row_trade ON bill_row (trade_no);
CREATE INDEX bill_row_refund ON bill_row (refund_no) WHERE refund_no IS NOT NULL;
CREATE INDEX bill_row_asked ON bill_row (enterprise_id, day, line) WHERE asked_at_ms IS NOT NULL;

-- When a refund was heard to have succeeded; unknown for those that had before this was noted.
ALTER TABLE refund_record ADD COLUMN ended_at_ms BIGINT;
CREATE INDEX refund_ended ON refund_record (enterprise_id, ended_at_ms, refund_no) WHERE ended_at_ms IS NOT NULL;
CREATE INDEX trade_paid ON trade (enterprise_id, paid_at_ms, trade_no) WHERE paid_at_ms IS NOT NULL;
CREATE INDEX suspense_open ON suspense (suspense_id) WHERE resolved_at_ms IS NULL;
