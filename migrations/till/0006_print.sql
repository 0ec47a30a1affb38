-- Version 6: the print queue. A job is written with what it prints, in the same commit, and is never deleted.

CREATE TABLE print_job (
    -- Minted like every number of a till: in the order of asking, and never given twice, also not by a till that
    -- was restored from a copy. A printer may remember it.
    job_no        INTEGER PRIMARY KEY CHECK (job_no > 0),
    kind          TEXT    NOT NULL CHECK (kind IN ('RECEIPT', 'SHIFT', 'INTERIM')),
    state         TEXT    NOT NULL CHECK (state IN ('WAITING', 'PRINTING', 'UNSURE', 'STUCK', 'PRINTED',
                                                    'WITHDRAWN')),
    trouble       TEXT    CHECK (trouble IN ('OUT_OF_PAPER', 'SWITCHED_OFF', 'UNREACHABLE', 'FAULT',
                                             'UNPRINTABLE')),
    order_id      TEXT    REFERENCES orders (order_id),
    shift_id      TEXT    REFERENCES shift (shift_id),
    -- What a person calls it: the order's short number, the shift's business day.
    label         TEXT    NOT NULL,
    -- 0 for the first paper, the number of the copy otherwise.
    copy          INTEGER NOT NULL CHECK (copy >= 0),
    -- The figures of an interim report at the moment it was asked for.
    frozen        TEXT,
    asked_by      TEXT    NOT NULL,
    asked_at_ms   INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    CHECK ((order_id IS NOT NULL) = (kind = 'RECEIPT')),
    CHECK ((shift_id IS NOT NULL) = (kind <> 'RECEIPT')),
    CHECK ((frozen IS NOT NULL) = (kind = 'INTERIM')),
    CHECK (trouble IS NULL OR state IN ('STUCK', 'UNSURE')),
    CHECK (state <> 'STUCK' OR trouble IS NOT NULL)
) STRICT;
CREATE INDEX print_job_open ON print_job (job_no) WHERE state IN ('WAITING', 'PRINTING', 'UNSURE', 'STUCK');
CREATE INDEX print_job_order ON print_job (order_id, job_no) WHERE order_id IS NOT NULL;

CREATE TRIGGER print_job_stays BEFORE DELETE ON print_job BEGIN
    SELECT RAISE(ABORT, 'a print job is never deleted');
END;

-- How often a closed shift's report was made; its own row never changes.
CREATE TABLE shift_paper (
    shift_id TEXT    PRIMARY KEY REFERENCES shift (shift_id),
    made     INTEGER NOT NULL CHECK (made >= 1)
) STRICT, WITHOUT ROWID;
