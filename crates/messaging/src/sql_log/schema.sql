CREATE TABLE log_partition (
    partition BIGINT NOT NULL PRIMARY KEY,
    next_position BIGINT NOT NULL
);

CREATE TABLE log_record (
    partition BIGINT NOT NULL,
    position BIGINT NOT NULL,
    key TEXT NOT NULL,
    headers TEXT NOT NULL,
    timestamp BIGINT NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (partition, position)
);

-- How far a consumer group has come, and which of its members reads a partition until when.
CREATE TABLE log_group (
    name TEXT NOT NULL,
    partition BIGINT NOT NULL,
    position BIGINT NOT NULL,
    member TEXT,
    lease_until BIGINT NOT NULL,
    PRIMARY KEY (name, partition)
);

CREATE TABLE log_member (
    name TEXT NOT NULL,
    member TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (name, member)
);
