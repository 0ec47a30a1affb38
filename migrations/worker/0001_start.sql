-- What a listening business system keeps. An event's effect and the row that says it has had it are one
-- transaction, so that the same event arriving again does nothing.

CREATE TABLE consumed_message (
    consumer TEXT NOT NULL,
    event_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (consumer, event_id)
) STRICT;

-- What could not be read or does not fit: a person looks. The message itself stays in the broker's parked queue.
CREATE TABLE parked_message (
    consumer TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    body TEXT NOT NULL,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (consumer, body_hash)
) STRICT;

-- Orders: what is known of each, and it never goes back. What has gone back of a trade is a row of its own, because
-- it may be heard of before its order is.
CREATE TABLE order_status (
    product_app_id TEXT NOT NULL,
    product_order_no TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('ATTEMPT_REFUSED', 'CANCELED', 'PAID')),
    trading_order_no TEXT NOT NULL,
    paid_minor INTEGER NOT NULL CHECK (paid_minor >= 0),
    times_paid INTEGER NOT NULL,
    PRIMARY KEY (product_app_id, product_order_no)
) STRICT;

CREATE TABLE trade_refund (
    trading_order_no TEXT NOT NULL PRIMARY KEY,
    refunded_minor INTEGER NOT NULL CHECK (refunded_minor >= 0)
) STRICT;

-- Payment log: one row per order's completion or refund, and the sums that the rows add up to.
CREATE TABLE payment_log (
    log_id INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,
    order_no TEXT NOT NULL,
    product_app_id TEXT NOT NULL,
    word TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    tenders TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE payment_sum (
    product_app_id TEXT NOT NULL PRIMARY KEY,
    orders INTEGER NOT NULL,
    total_minor INTEGER NOT NULL,
    refunded_minor INTEGER NOT NULL
) STRICT;

-- Points: one per whole yuan that stays with the shop.
CREATE TABLE member_points (
    member_id TEXT NOT NULL PRIMARY KEY,
    paid_minor INTEGER NOT NULL,
    points INTEGER NOT NULL
) STRICT;

-- Course example: its own orders, and what they opened.
CREATE TABLE course_order (
    product_app_id TEXT NOT NULL,
    order_no TEXT NOT NULL,
    order_type TEXT NOT NULL,
    business_id TEXT NOT NULL,
    learner TEXT NOT NULL,
    paid INTEGER NOT NULL CHECK (paid IN (0, 1)),
    PRIMARY KEY (product_app_id, order_no)
) STRICT;

CREATE TABLE course_grant (
    learner TEXT NOT NULL,
    business_id TEXT NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (learner, business_id)
) STRICT;
