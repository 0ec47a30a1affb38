-- Version 8: refunds, and a person's word on money that came after closing.

-- Money of one tender that goes back. The number is minted here and is the refund's name everywhere; the centre
-- may also tell of refunds that nobody at this till has asked for.
CREATE TABLE refund (
    refund_no    INTEGER PRIMARY KEY CHECK (refund_no > 0),
    order_id     TEXT    NOT NULL REFERENCES orders (order_id),
    tender_no    INTEGER NOT NULL REFERENCES tender (tender_no),
    -- Trade it is drawn from; none for cash, nor before the centre has said it.
    trade_no     TEXT,
    means        TEXT    NOT NULL CHECK (means IN ('CASH_PAY', 'WECHAT_PAY', 'ALI_PAY')),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    state        TEXT    NOT NULL CHECK (state IN ('APPLY', 'SENDING', 'SUCCESS', 'FAIL')),
    why          TEXT    NOT NULL CHECK (why IN ('GOODS', 'MISTAKE', 'SPOILT', 'OTHER', 'ELSEWHERE', 'DUPLICATE',
                                                 'LATE', 'GIVEN_UP', 'SUPERSEDED')),
    note         TEXT    NOT NULL,
    -- Both names, where it was asked for at this till.
    requested_by TEXT    NOT NULL,
    approved_by  TEXT    NOT NULL,
    -- Whether it is money that counted as taken; a second payment never did.
    counts       INTEGER NOT NULL CHECK (counts IN (0, 1)),
    -- The shift it was asked for in.
    shift_id     TEXT,
    asked_at_ms  INTEGER NOT NULL,
    ended_at_ms  INTEGER,
    -- Whether the centre has answered about it.
    told         INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
    attention    INTEGER NOT NULL DEFAULT 0 CHECK (attention IN (0, 1)),
    -- Whether a person has looked at it as it stands.
    seen         INTEGER NOT NULL DEFAULT 0 CHECK (seen IN (0, 1)),
    refused_code TEXT,
    CHECK ((requested_by = '') = (approved_by = '')),
    CHECK (means <> 'CASH_PAY' OR (state = 'SUCCESS' AND requested_by <> '')),
    CHECK ((ended_at_ms IS NOT NULL) = (state IN ('SUCCESS', 'FAIL')))
) STRICT;
CREATE INDEX refund_order ON refund (order_id, refund_no);
CREATE INDEX refund_tender ON refund (tender_no);
CREATE INDEX refund_open ON refund (refund_no)
    WHERE state IN ('APPLY', 'SENDING') OR (attention = 1 AND seen = 0);

CREATE TRIGGER refund_stays BEFORE DELETE ON refund BEGIN
    SELECT RAISE(ABORT, 'a refund is never deleted');
END;

-- A refund that has arrived is a movement of money like a settled tender. The table is laid anew with its rows,
-- because a tender has one movement of its own and one for each of its refunds.
CREATE TABLE money_fact_anew (
    fact_id      INTEGER PRIMARY KEY,
    tender_no    INTEGER NOT NULL REFERENCES tender (tender_no),
    order_id     TEXT    NOT NULL REFERENCES orders (order_id),
    at_ms        INTEGER NOT NULL,
    business_day TEXT    NOT NULL,
    hour         INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
    shift_id     TEXT,
    means        TEXT    NOT NULL CHECK (means IN ('CASH_PAY', 'WECHAT_PAY', 'ALI_PAY')),
    cashier      TEXT    NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor <> 0),
    amends       INTEGER NOT NULL DEFAULT 0 CHECK (amends IN (0, 1)),
    refund_no    INTEGER UNIQUE REFERENCES refund (refund_no),
    CHECK (refund_no IS NULL OR amount_minor < 0)
) STRICT;

INSERT INTO money_fact_anew (fact_id, tender_no, order_id, at_ms, business_day, hour, shift_id, means, cashier,
    amount_minor, amends)
SELECT fact_id, tender_no, order_id, at_ms, business_day, hour, shift_id, means, cashier, amount_minor, amends
FROM money_fact;

DROP TABLE money_fact;
ALTER TABLE money_fact_anew RENAME TO money_fact;

CREATE UNIQUE INDEX money_fact_tender ON money_fact (tender_no, COALESCE(refund_no, 0));
CREATE INDEX money_fact_hour ON money_fact (business_day, hour);
CREATE INDEX money_fact_shift ON money_fact (shift_id, amends, means) WHERE shift_id IS NOT NULL;

-- What a person wants done with money that came after closing, until the centre has answered.
ALTER TABLE tender ADD COLUMN late_choice TEXT CHECK (late_choice IN ('ACCEPT', 'RETURN_NOW'));
CREATE INDEX tender_late ON tender (tender_no) WHERE late_choice IS NOT NULL;
-- When the centre gives it back by itself.
ALTER TABLE attempt ADD COLUMN returns_at_ms INTEGER;
CREATE INDEX attempt_late ON attempt (tender_no) WHERE disposition = 'LATE';
