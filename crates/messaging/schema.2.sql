-- Which request a fact belongs to: a `traceparent`.
ALTER TABLE outbox ADD COLUMN trace TEXT;
