-- When a sweep last took this order in hand, so that the sweeps of other replicas leave it alone.
ALTER TABLE orders ADD COLUMN claimed_at BIGINT NOT NULL DEFAULT 0;
