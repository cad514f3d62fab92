-- How far something had come at a time: what is older than a time is found by these, whatever the
-- clocks of replicas say. Part -1, up to 0, stands for the mark itself.
CREATE TABLE retention_mark (
    kind TEXT NOT NULL,
    taken_at BIGINT NOT NULL,
    part BIGINT NOT NULL,
    upto BIGINT NOT NULL,
    PRIMARY KEY (kind, taken_at, part)
);

-- The oldest rows of the inbox are found without reading all of it.
CREATE INDEX inbox_handled ON inbox (handled_at);
