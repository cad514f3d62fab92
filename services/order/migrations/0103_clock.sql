-- When payment was first asked, by the database's clock: sweeps of all replicas go by it, whatever the
-- clock of the replica said that took the order. 0 is long ago.
ALTER TABLE orders ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
