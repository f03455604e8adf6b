-- A line that cannot be posted as things stand in Autotask or here; the error says why.
ALTER TABLE billing_line ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1));
-- The units before it first had an effect, and from which day on: what a correction puts back, however
-- often it was sent afterwards.
ALTER TABLE billing_line ADD COLUMN former_units INTEGER;
ALTER TABLE billing_line ADD COLUMN former_from TEXT;
UPDATE billing_line SET former_units = json_extract(terms, '$.before'), former_from = effective
    WHERE terms IS NOT NULL AND (posted_at IS NOT NULL
        OR (attempts > 0 AND state IN ('verified', 'needs_review', 'settled', 'corrected')));
-- The first day that it may take effect on, once Autotask has refused those before.
ALTER TABLE billing_line ADD COLUMN from_day TEXT;
UPDATE billing_line SET from_day = date(coalesce(
        (SELECT corrected.effective FROM billing_line corrected WHERE corrected.id = billing_line.corrects),
        json_extract(terms, '$.period.start')), '+1 day')
    WHERE next_day = 'chosen';
ALTER TABLE billing_line DROP COLUMN next_day;
