-- A new status, queued: payment could not be asked, and the customer knows that the order waits.
DROP INDEX orders_pending;
CREATE INDEX orders_undecided ON orders (placed_at) WHERE status IN ('pending', 'queued');
