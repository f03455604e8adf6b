-- A line that cannot be posted as things stand in Autotask or here; the error says why.
ALTER TABLE billing_line ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1));
