-- Version 4: a short number names an order to a person on its day and comes again a year later, so it is no
-- key: (business day, epoch, running number) is.
--
-- The table is laid anew with its rows, because its key cannot be taken away. References are not enforced
-- while a step runs; they are checked before it is committed.

CREATE TABLE orders_anew (
    order_id        TEXT PRIMARY KEY,
    state           TEXT    NOT NULL CHECK (state IN ('OPEN', 'HELD', 'PAYING', 'TO_CONFIRM', 'COMPLETED',
                                                      'VOIDED', 'PART_REFUNDED', 'REFUNDED')),
    order_no        INTEGER UNIQUE CHECK (order_no > 0),
    short_no        TEXT,
    epoch           INTEGER,
    running         INTEGER CHECK (running >= 1),
    business_day    TEXT,
    hour            INTEGER CHECK (hour BETWEEN 0 AND 23),
    shift_id        TEXT,
    cashier         TEXT    NOT NULL,
    member_id       TEXT,
    opened_at_ms    INTEGER NOT NULL,
    changed_at_ms   INTEGER NOT NULL,
    completed_at_ms INTEGER,
    pieces          INTEGER NOT NULL DEFAULT 0 CHECK (pieces >= 0),
    original_minor  INTEGER NOT NULL DEFAULT 0 CHECK (original_minor >= 0),
    discount_minor  INTEGER NOT NULL DEFAULT 0 CHECK (discount_minor <= 0),
    rounding_minor  INTEGER NOT NULL DEFAULT 0 CHECK (rounding_minor BETWEEN -9 AND 0),
    total_minor     INTEGER NOT NULL DEFAULT 0 CHECK (total_minor >= 0),
    change_minor    INTEGER NOT NULL DEFAULT 0 CHECK (change_minor >= 0),
    next_line       INTEGER NOT NULL DEFAULT 1,
    giving_up       INTEGER NOT NULL DEFAULT 0 CHECK (giving_up IN (0, 1)),
    receipts        INTEGER NOT NULL DEFAULT 0 CHECK (receipts >= 0),
    last_epoch      INTEGER NOT NULL DEFAULT 1,
    last_seq        INTEGER NOT NULL DEFAULT 0,
    CHECK (total_minor = original_minor + discount_minor + rounding_minor),
    CHECK ((order_no IS NULL) = (short_no IS NULL)),
    CHECK (state IN ('OPEN', 'HELD', 'VOIDED') OR order_no IS NOT NULL),
    CHECK ((completed_at_ms IS NOT NULL) = (state IN ('COMPLETED', 'PART_REFUNDED', 'REFUNDED')))
) STRICT;

INSERT INTO orders_anew (order_id, state, order_no, short_no, epoch, running, business_day, hour,
    shift_id, cashier, member_id, opened_at_ms, changed_at_ms, completed_at_ms, pieces, original_minor,
    discount_minor, rounding_minor, total_minor, change_minor, next_line, giving_up, receipts, last_epoch, last_seq)
SELECT order_id, state, order_no, short_no, epoch, running, business_day, hour,
    shift_id, cashier, member_id, opened_at_ms, changed_at_ms, completed_at_ms, pieces, original_minor,
    discount_minor, rounding_minor, total_minor, change_minor, next_line, giving_up, receipts, last_epoch, last_seq
FROM orders;

DROP TABLE orders;
ALTER TABLE orders_anew RENAME TO orders;

CREATE UNIQUE INDEX orders_running ON orders (business_day, epoch, running);
CREATE INDEX orders_changed ON orders (changed_at_ms) WHERE short_no IS NOT NULL;
CREATE INDEX orders_total ON orders (total_minor, changed_at_ms) WHERE short_no IS NOT NULL;
CREATE INDEX orders_aside ON orders (changed_at_ms) WHERE state IN ('HELD', 'TO_CONFIRM');
