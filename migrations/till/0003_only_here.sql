-- Version 3: how many completed orders the centre has yet to hear of is kept, not counted: every screen shows
-- it, and after a long time alone there are very many. It moves with the entries and with the mark.

ALTER TABLE till ADD COLUMN orders_only_here INTEGER NOT NULL DEFAULT 0 CHECK (orders_only_here >= 0);

UPDATE till SET orders_only_here = (
    SELECT COUNT(*) FROM journal
    WHERE kind = 'order_completed' AND (epoch, seq) > (SELECT acked_epoch, acked_seq FROM till)
);
