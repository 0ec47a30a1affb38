-- What business systems are told. An event is written by the transaction that made it true and never changes;
-- a delivery is a row of its own per event and subscriber. Only what SQLite and PostgreSQL share is used.

-- `target` is the queue at RabbitMQ, or the address of a webhook with a `secret_ref`. Keys are names separated by commas.
CREATE TABLE subscriber (
    subscriber_id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    routing_keys TEXT NOT NULL,
    secret_ref TEXT,
    paused BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL
);

-- `subject` is what the event is about, `state` what became of it, `seq` the order of a subject's events.
-- `listeners` counts the subscribers that wanted it when it was committed; 0 is "nobody listens".
CREATE TABLE outbox_event (
    event_id TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    seq BIGINT NOT NULL,
    state TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    payload TEXT NOT NULL,
    listeners BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    UNIQUE (subject, seq)
);

CREATE TABLE delivery (
    event_id TEXT NOT NULL REFERENCES outbox_event (event_id),
    subscriber_id BIGINT NOT NULL REFERENCES subscriber (subscriber_id),
    delivered_at_ms BIGINT,
    next_try_at_ms BIGINT,
    tried BIGINT NOT NULL,
    problem TEXT,
    lease_no BIGINT NOT NULL,
    lease_until_ms BIGINT NOT NULL,
    leased_at_ms BIGINT NOT NULL,
    PRIMARY KEY (event_id, subscriber_id)
);
CREATE INDEX delivery_due ON delivery (subscriber_id, next_try_at_ms) WHERE next_try_at_ms IS NOT NULL;

-- What was true before anything was told stays untold: it counts as said to nobody.
INSERT INTO outbox_event (event_id, subject, seq, state, routing_key, payload, listeners, at_ms)
SELECT 'before/trade/' || trade_no, 'trade/' || merchant_id || '/' || trade_no, 1,
    CASE WHEN state = 'PAID' THEN 'SURPLUS' ELSE state END, '', '', 0, created_at_ms
FROM trade WHERE state IN ('CLOSED', 'FAILED')
    OR (state = 'PAID' AND disposition IN ('DUPLICATE', 'LATE', 'GIVEN_UP'));

INSERT INTO outbox_event (event_id, subject, seq, state, routing_key, payload, listeners, at_ms)
SELECT 'before/pay_order/' || pay_order_id, 'pay_order/' || product_app_id || '/' || product_order_no, 1,
    CASE WHEN state = 'CANCELED' THEN 'CANCELED' ELSE 'SETTLED' END, '', '', 0, changed_at_ms
FROM pay_order WHERE state IN ('CANCELED', 'PAID', 'PART_REFUNDED', 'REFUNDED');

INSERT INTO outbox_event (event_id, subject, seq, state, routing_key, payload, listeners, at_ms)
SELECT 'before/refund/' || refund_no, 'refund/' || trade_no || '/' || refund_key, 1,
    CASE WHEN refund_status = 1 THEN 'SENDING' WHEN refund_status = 2 THEN 'SUCCESS' ELSE 'FAIL' END,
    '', '', 0, created_at_ms
FROM refund_record WHERE refund_status IN (1, 2, 3);

INSERT INTO outbox_event (event_id, subject, seq, state, routing_key, payload, listeners, at_ms)
SELECT 'before/order/' || till_id || '/' || order_no, 'order/suanpan.till/' || till_id || '/' || order_no, 1,
    'COMPLETED', '', '', 0, at_ms
FROM completed_order;
