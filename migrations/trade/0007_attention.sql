-- Refunds that wait for a person are counted every few seconds, refused ones among them, and are few.
CREATE INDEX refund_attention ON refund_record (refund_no) WHERE needs_attention <> 0;
