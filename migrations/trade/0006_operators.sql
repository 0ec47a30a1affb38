-- People who decide about money that waits. A token is shown once; only its hash is here.
CREATE TABLE operator (
    name TEXT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    added_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT
);
