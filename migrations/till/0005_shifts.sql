-- Version 5: shifts. A drawer from its float to its count; what a close has frozen never changes.

CREATE TABLE shift (
    turn            INTEGER PRIMARY KEY,
    shift_id        TEXT    NOT NULL UNIQUE,
    state           TEXT    NOT NULL CHECK (state IN ('OPEN', 'CLOSED', 'OVERTAKEN')),
    business_day    TEXT    NOT NULL,
    cashier         TEXT    NOT NULL,
    opened_at_ms    INTEGER NOT NULL,
    float_minor     INTEGER NOT NULL CHECK (float_minor >= 0),
    suggested_minor INTEGER NOT NULL CHECK (suggested_minor >= 0),
    -- Epoch of the entry it was last opened or closed by.
    last_epoch      INTEGER NOT NULL CHECK (last_epoch >= 1),
    closed_at_ms    INTEGER,
    expected_minor  INTEGER,
    counted_minor   INTEGER CHECK (counted_minor >= 0),
    left_minor      INTEGER CHECK (left_minor BETWEEN 0 AND counted_minor),
    -- The frozen figures, as the journal has them.
    closed          TEXT,
    CHECK ((closed IS NOT NULL) = (state = 'CLOSED')),
    CHECK ((closed_at_ms IS NOT NULL) = (state = 'CLOSED')),
    CHECK ((expected_minor IS NOT NULL) = (state = 'CLOSED')),
    CHECK ((counted_minor IS NOT NULL) = (state = 'CLOSED')),
    CHECK ((left_minor IS NOT NULL) = (state = 'CLOSED'))
) STRICT;
CREATE UNIQUE INDEX shift_open ON shift (state) WHERE state = 'OPEN';
CREATE INDEX shift_closed ON shift (closed_at_ms) WHERE state = 'CLOSED';

CREATE TRIGGER shift_closed_stays BEFORE UPDATE ON shift WHEN OLD.state = 'CLOSED' BEGIN
    SELECT RAISE(ABORT, 'a closed shift never changes');
END;
CREATE TRIGGER shift_stays BEFORE DELETE ON shift BEGIN
    SELECT RAISE(ABORT, 'a shift is never deleted');
END;

-- Cash put into a drawer or taken out of it.
CREATE TABLE cash_move (
    turn         INTEGER PRIMARY KEY,
    move_id      TEXT    NOT NULL UNIQUE,
    shift_id     TEXT    NOT NULL REFERENCES shift (shift_id),
    at_ms        INTEGER NOT NULL,
    way          TEXT    NOT NULL CHECK (way IN ('IN', 'OUT')),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    -- The whole of it, as the journal has it.
    moved        TEXT    NOT NULL,
    approved_by  TEXT,
    CHECK (way = 'IN' OR approved_by IS NOT NULL)
) STRICT;
CREATE INDEX cash_move_shift ON cash_move (shift_id, turn);

-- The count of the open shift so far.
CREATE TABLE cash_count (
    shift_id           TEXT    NOT NULL REFERENCES shift (shift_id),
    denomination_minor INTEGER NOT NULL CHECK (denomination_minor > 0),
    pieces             INTEGER NOT NULL CHECK (pieces >= 0),
    PRIMARY KEY (shift_id, denomination_minor)
) STRICT, WITHOUT ROWID;

-- Money that arrived after its shift was closed stands beside the frozen figures.
ALTER TABLE money_fact ADD COLUMN amends INTEGER NOT NULL DEFAULT 0 CHECK (amends IN (0, 1));
CREATE INDEX money_fact_shift ON money_fact (shift_id, amends, means) WHERE shift_id IS NOT NULL;

-- The shift of the money that completed an order; `shift_id` is the one it was begun in.
ALTER TABLE orders ADD COLUMN completed_in TEXT;
CREATE INDEX orders_completed_in ON orders (completed_in) WHERE completed_in IS NOT NULL;
