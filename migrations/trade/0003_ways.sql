-- A trade shows a code, or takes the one the customer shows; the latter's digits are kept nowhere.
ALTER TABLE trade ADD COLUMN way TEXT NOT NULL DEFAULT 'SHOWN';
-- Nobody has scanned its code and there is nothing to close: its tender has not waited for it.
ALTER TABLE trade ADD COLUMN let_go BIGINT NOT NULL DEFAULT 0;
