-- Version 1 of a till's own database.
--
-- Money is whole fen, quantities are thousandths of a unit, times are UTC milliseconds. 63-bit numbers are
-- integers here and strings everywhere else. States carry the names of the domain's tables.

-- The till itself: one row, rewritten by every commit.
CREATE TABLE till (
    one               INTEGER PRIMARY KEY CHECK (one = 1),
    till_uid          TEXT    NOT NULL,
    head_epoch        INTEGER NOT NULL CHECK (head_epoch >= 1),
    head_seq          INTEGER NOT NULL CHECK (head_seq >= 0),
    head_hash         TEXT    NOT NULL CHECK (length(head_hash) = 64),
    number_ms         INTEGER NOT NULL CHECK (number_ms >= 0),
    number_sequence   INTEGER NOT NULL CHECK (number_sequence BETWEEN 0 AND 63),
    acked_epoch       INTEGER NOT NULL CHECK (acked_epoch >= 1),
    acked_seq         INTEGER NOT NULL CHECK (acked_seq >= 0),
    acked_hash        TEXT    NOT NULL CHECK (length(acked_hash) = 64),
    acked_at_ms       INTEGER,
    stream_generation INTEGER NOT NULL DEFAULT 0 CHECK (stream_generation >= 0),
    stream_position   INTEGER NOT NULL DEFAULT 0 CHECK (stream_position >= 0),
    current_order_id  TEXT,
    revision          INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The store this till belongs to; no row while it stands alone.
CREATE TABLE enrolment (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    till_id        TEXT    NOT NULL,
    store_id       TEXT    NOT NULL,
    till_label     TEXT    NOT NULL,
    worker         INTEGER NOT NULL CHECK (worker BETWEEN 0 AND 65535),
    store_name     TEXT    NOT NULL,
    zone           TEXT    NOT NULL,
    cutoff_minutes INTEGER NOT NULL CHECK (cutoff_minutes BETWEEN 0 AND 1439),
    centre_address TEXT    NOT NULL,
    centre_key     TEXT    NOT NULL,
    fingerprint    TEXT    NOT NULL
) STRICT;

CREATE TABLE staff (
    staff_id TEXT PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    role     TEXT NOT NULL CHECK (role IN ('CASHIER', 'MANAGER')),
    pin_hash TEXT
) STRICT, WITHOUT ROWID;

-- What happened, in order; the part above the acknowledged mark is what the centre has yet to hear.
CREATE TABLE journal (
    epoch     INTEGER NOT NULL CHECK (epoch >= 1),
    seq       INTEGER NOT NULL CHECK (seq >= 1),
    at_ms     INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    payload   TEXT    NOT NULL,
    prev_hash TEXT    NOT NULL CHECK (length(prev_hash) = 64),
    hash      TEXT    NOT NULL CHECK (length(hash) = 64),
    order_id  TEXT,
    PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_completed ON journal (epoch, seq) WHERE kind = 'order_completed';

-- Entries the centre keeps and does not apply; a person looks.
CREATE TABLE refused_entry (
    epoch INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    code  TEXT    NOT NULL,
    PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
    order_id        TEXT PRIMARY KEY,
    state           TEXT    NOT NULL CHECK (state IN ('OPEN', 'HELD', 'PAYING', 'TO_CONFIRM', 'COMPLETED',
                                                      'VOIDED', 'PART_REFUNDED', 'REFUNDED')),
    order_no        INTEGER UNIQUE CHECK (order_no > 0),
    short_no        TEXT    UNIQUE,
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
CREATE UNIQUE INDEX orders_running ON orders (business_day, epoch, running);
CREATE INDEX orders_changed ON orders (changed_at_ms) WHERE short_no IS NOT NULL;
CREATE INDEX orders_total ON orders (total_minor, changed_at_ms) WHERE short_no IS NOT NULL;
CREATE INDEX orders_aside ON orders (changed_at_ms) WHERE state IN ('HELD', 'TO_CONFIRM');

CREATE TABLE order_line (
    order_id          TEXT    NOT NULL REFERENCES orders (order_id),
    line_id           TEXT    NOT NULL,
    position          INTEGER NOT NULL,
    article_id        TEXT    NOT NULL,
    catalogue_version INTEGER NOT NULL,
    name              TEXT    NOT NULL,
    name_en           TEXT    NOT NULL,
    size              TEXT    NOT NULL,
    code              TEXT    NOT NULL,
    unit              TEXT    NOT NULL CHECK (unit IN ('PIECE', 'KILOGRAM')),
    price_minor       INTEGER NOT NULL CHECK (price_minor > 0),
    price_by_hand     INTEGER NOT NULL CHECK (price_by_hand IN (0, 1)),
    charged_percent   INTEGER NOT NULL CHECK (charged_percent BETWEEN 1 AND 100),
    quantity_milli    INTEGER NOT NULL CHECK (quantity_milli > 0),
    discount_minor    INTEGER NOT NULL CHECK (discount_minor <= 0),
    amount_minor      INTEGER NOT NULL CHECK (amount_minor >= 0),
    net_minor         INTEGER CHECK (net_minor >= 0),
    PRIMARY KEY (order_id, line_id)
) STRICT, WITHOUT ROWID;

-- What an undo of the open basket takes back: the line as it was, or nothing when it was added.
CREATE TABLE undo (
    undo_id     INTEGER PRIMARY KEY,
    order_id    TEXT    NOT NULL REFERENCES orders (order_id),
    code        TEXT    NOT NULL,
    line_id     TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    line_before TEXT,
    at_ms       INTEGER NOT NULL
) STRICT;
CREATE INDEX undo_order ON undo (order_id, undo_id);

CREATE TABLE tender (
    tender_no       INTEGER PRIMARY KEY CHECK (tender_no > 0),
    order_id        TEXT    NOT NULL REFERENCES orders (order_id),
    means           TEXT    NOT NULL CHECK (means IN ('CASH_PAY', 'WECHAT_PAY', 'ALI_PAY')),
    state           TEXT    NOT NULL CHECK (state IN ('LIVE', 'CLOSING', 'SETTLED', 'CANCELED', 'GIVEN_UP',
                                                      'FAILED', 'REVERSED')),
    amount_minor    INTEGER NOT NULL CHECK (amount_minor <> 0),
    received_minor  INTEGER,
    change_minor    INTEGER CHECK (change_minor >= 0),
    replaces        INTEGER REFERENCES tender (tender_no),
    business_day    TEXT    NOT NULL,
    opened_at_ms    INTEGER NOT NULL,
    settled_at_ms   INTEGER,
    trade_no        TEXT,
    transaction_id  TEXT,
    refused_code    TEXT,
    view_version    INTEGER NOT NULL DEFAULT 0 CHECK (view_version >= 0),
    asked_at_ms     INTEGER,
    asked_in_vain   INTEGER NOT NULL DEFAULT 0 CHECK (asked_in_vain >= 0),
    unknown_since_ms INTEGER,
    ask_again_at_ms INTEGER,
    ask_now         INTEGER NOT NULL DEFAULT 0 CHECK (ask_now IN (0, 1)),
    paying          INTEGER NOT NULL DEFAULT 0 CHECK (paying IN (0, 1)),
    attention       INTEGER NOT NULL DEFAULT 0 CHECK (attention IN (0, 1)),
    CHECK (amount_minor > 0 OR (means = 'CASH_PAY' AND replaces IS NOT NULL)),
    CHECK (means <> 'CASH_PAY' OR state IN ('SETTLED', 'REVERSED')),
    CHECK (means = 'CASH_PAY' OR received_minor IS NULL),
    CHECK (received_minor IS NULL OR received_minor - change_minor = amount_minor),
    CHECK ((settled_at_ms IS NOT NULL) = (state IN ('SETTLED', 'REVERSED')))
) STRICT;
CREATE INDEX tender_order ON tender (order_id, tender_no);
CREATE INDEX tender_open ON tender (tender_no)
    WHERE state IN ('LIVE', 'CLOSING', 'GIVEN_UP', 'CANCELED') OR attention = 1;
CREATE INDEX tender_transaction ON tender (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX tender_trade ON tender (trade_no) WHERE trade_no IS NOT NULL;

-- One try to collect a code tender. Committed before anything is sent; its key and words never change.
CREATE TABLE attempt (
    attempt_key     TEXT    PRIMARY KEY,
    tender_no       INTEGER NOT NULL REFERENCES tender (tender_no),
    renew           INTEGER NOT NULL CHECK (renew IN (0, 1)),
    description     TEXT    NOT NULL,
    committed_at_ms INTEGER NOT NULL,
    trade_no        TEXT    UNIQUE,
    trade_state     TEXT,
    disposition     TEXT    NOT NULL DEFAULT 'NONE',
    code_url        TEXT,
    created_at_ms   INTEGER,
    expires_at_ms   INTEGER,
    shown_at_ms     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_tender ON attempt (tender_no, attempt_key);

-- One movement of money, dated once. Takings are the sum of these.
CREATE TABLE money_fact (
    fact_id      INTEGER PRIMARY KEY,
    tender_no    INTEGER NOT NULL UNIQUE REFERENCES tender (tender_no),
    order_id     TEXT    NOT NULL REFERENCES orders (order_id),
    at_ms        INTEGER NOT NULL,
    business_day TEXT    NOT NULL,
    hour         INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
    shift_id     TEXT,
    means        TEXT    NOT NULL CHECK (means IN ('CASH_PAY', 'WECHAT_PAY', 'ALI_PAY')),
    cashier      TEXT    NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor <> 0)
) STRICT;
CREATE INDEX money_fact_hour ON money_fact (business_day, hour);

CREATE TABLE rollup (
    business_day TEXT    NOT NULL,
    hour         INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
    means        TEXT    NOT NULL,
    cashier      TEXT    NOT NULL,
    facts        INTEGER NOT NULL,
    net_minor    INTEGER NOT NULL,
    PRIMARY KEY (business_day, hour, means, cashier)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollup_order (
    business_day TEXT    NOT NULL,
    hour         INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
    cashier      TEXT    NOT NULL,
    orders       INTEGER NOT NULL,
    PRIMARY KEY (business_day, hour, cashier)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollup_article (
    business_day   TEXT    NOT NULL,
    article_id     TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    name_en        TEXT    NOT NULL,
    unit           TEXT    NOT NULL,
    quantity_milli INTEGER NOT NULL,
    amount_minor   INTEGER NOT NULL,
    PRIMARY KEY (business_day, article_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollup_code (
    business_day TEXT    PRIMARY KEY,
    opened       INTEGER NOT NULL,
    matched      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What happened elsewhere and wants a glance.
CREATE TABLE notice (
    notice_id INTEGER PRIMARY KEY,
    code      TEXT    NOT NULL,
    params    TEXT    NOT NULL,
    at_ms     INTEGER NOT NULL,
    seen      INTEGER NOT NULL DEFAULT 0 CHECK (seen IN (0, 1))
) STRICT;
CREATE INDEX notice_unseen ON notice (notice_id) WHERE seen = 0;

-- The catalogue. Centre or file is the master of an article; what a till changed by itself lies over it.
CREATE TABLE category (
    category_id INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    name_en     TEXT    NOT NULL,
    position    INTEGER NOT NULL
) STRICT;

CREATE TABLE article (
    article_key     INTEGER PRIMARY KEY,
    article_id      TEXT    NOT NULL UNIQUE,
    code            TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    name_en         TEXT    NOT NULL,
    size            TEXT    NOT NULL,
    category_id     INTEGER NOT NULL REFERENCES category (category_id),
    unit            TEXT    NOT NULL CHECK (unit IN ('PIECE', 'KILOGRAM')),
    price_minor     INTEGER NOT NULL CHECK (price_minor > 0),
    charged_percent INTEGER NOT NULL CHECK (charged_percent BETWEEN 1 AND 100),
    pinyin          TEXT    NOT NULL,
    initials        TEXT    NOT NULL,
    version         INTEGER NOT NULL CHECK (version >= 1),
    position        INTEGER NOT NULL
) STRICT;
CREATE INDEX article_category ON article (category_id, position);

-- Every code an article answers to; the reversed one finds what was typed of its end.
CREATE TABLE barcode (
    code        TEXT    PRIMARY KEY,
    reversed    TEXT    NOT NULL,
    article_key INTEGER NOT NULL REFERENCES article (article_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX barcode_reversed ON barcode (reversed);
CREATE INDEX barcode_article ON barcode (article_key);

-- What may be typed for an article in Latin letters: full pinyin, initials, words of the second name.
-- rank 0 begins where the name begins, 1 at a later syllable or word.
CREATE TABLE reading (
    rank        INTEGER NOT NULL CHECK (rank IN (0, 1)),
    key         TEXT    NOT NULL,
    article_key INTEGER NOT NULL REFERENCES article (article_key),
    PRIMARY KEY (rank, key, article_key)
) STRICT, WITHOUT ROWID;

-- Names cut into single characters, so that one character is enough to find something.
CREATE VIRTUAL TABLE article_words USING fts5 (
    words,
    content = '',
    contentless_delete = 1,
    prefix = '1 2',
    tokenize = 'unicode61 remove_diacritics 0'
);

-- A field changed at this till and not yet accepted by the centre; survives every import and sync.
CREATE TABLE overlay (
    article_id   TEXT    NOT NULL,
    field        TEXT    NOT NULL CHECK (field IN ('PRICE', 'NAME')),
    value        TEXT    NOT NULL,
    base_version INTEGER NOT NULL,
    at_ms        INTEGER NOT NULL,
    PRIMARY KEY (article_id, field)
) STRICT, WITHOUT ROWID;
