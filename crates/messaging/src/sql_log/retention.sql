-- How far each partition had come at a time.
CREATE TABLE retention_mark (
    kind TEXT NOT NULL,
    taken_at BIGINT NOT NULL,
    part BIGINT NOT NULL,
    upto BIGINT NOT NULL,
    PRIMARY KEY (kind, taken_at, part)
);

-- Until when a service that publishes has settled its outbox: what was handled before that time is
-- in its outbox no more, and is not published again.
CREATE TABLE log_producer (
    name TEXT NOT NULL PRIMARY KEY,
    settled_at BIGINT NOT NULL
);
