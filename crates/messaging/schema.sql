-- Facts on their way out, in the order in which they were told.
CREATE TABLE outbox (
    id IDENTITY,
    event_id TEXT NOT NULL,
    key TEXT NOT NULL,
    event_type TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    payload TEXT NOT NULL
);

-- Which facts have been reacted to, so that a redelivery changes nothing.
CREATE TABLE inbox (
    event_id TEXT NOT NULL PRIMARY KEY,
    handled_at BIGINT NOT NULL
);

-- Facts that could not be reacted to, set aside so that the next ones can be.
CREATE TABLE dead_letter (
    id IDENTITY,
    event_id TEXT NOT NULL,
    key TEXT NOT NULL,
    event_type TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    payload TEXT NOT NULL,
    origin TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    parked_at BIGINT NOT NULL
);
