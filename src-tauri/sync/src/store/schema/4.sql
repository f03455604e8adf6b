-- Billable usage: what was measured, and what became of it.

-- Which days the source was asked for, and when last. A day that was asked for after its end is complete.
CREATE TABLE usage_day (
    day      TEXT PRIMARY KEY,
    asked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Each measurement once.
CREATE TABLE measurement (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    metric          TEXT NOT NULL,
    measured_at     INTEGER NOT NULL,
    -- Entered by a person, for a reason.
    by_hand         INTEGER NOT NULL CHECK (by_hand IN (0, 1)),
    bytes           INTEGER NOT NULL CHECK (bytes >= 0),
    reason          TEXT,
    received_at     INTEGER NOT NULL,
    PRIMARY KEY (organization_id, metric, measured_at, by_hand),
    CHECK (by_hand = 0 OR reason IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX measurement_age ON measurement (measured_at);

-- One organization's change of one invoice date, or the correction of one.
CREATE TABLE billing_line (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    invoice_date    TEXT NOT NULL,
    -- The line whose change is taken back.
    corrects        INTEGER REFERENCES billing_line (id),
    state           TEXT NOT NULL CHECK (state IN ('held', 'planned', 'sending', 'posted', 'unclear',
        'verified', 'needs_review', 'settled', 'corrected', 'withdrawn')),
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    -- Not before then, by itself.
    next_attempt_at INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    -- Readings in a row that did not decide it.
    looks           INTEGER NOT NULL DEFAULT 0,
    -- The units that a person approved.
    approved        INTEGER,
    -- From the day after the effective date: 'if_refused', or 'chosen'.
    next_day        TEXT CHECK (next_day IN ('if_refused', 'chosen')),
    -- Why it is not done.
    error_code      TEXT,
    error           TEXT,
    -- As sent last, or as found: what reconciliation compares with.
    service         INTEGER,
    effective       TEXT,
    terms           TEXT,
    posted_at       INTEGER,
    -- What was read last; no units: there was no such row.
    read_units      INTEGER,
    read_at         INTEGER,
    CHECK ((service IS NULL) = (terms IS NULL) AND (effective IS NULL) = (terms IS NULL)),
    CHECK (state NOT IN ('sending', 'posted', 'unclear', 'verified', 'corrected') OR terms IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX billing_line_once ON billing_line (organization_id, invoice_date)
    WHERE corrects IS NULL AND state NOT IN ('corrected', 'withdrawn');
CREATE UNIQUE INDEX billing_line_corrected_once ON billing_line (corrects) WHERE state <> 'withdrawn';
CREATE INDEX billing_line_date ON billing_line (invoice_date, organization_id);
CREATE INDEX billing_line_open ON billing_line (state, id)
    WHERE state IN ('held', 'planned', 'sending', 'posted', 'unclear', 'needs_review');
CREATE INDEX billing_line_service ON billing_line (service, effective) WHERE service IS NOT NULL;

-- What tells this computer from others with the same settings.
INSERT INTO fact (name, json) VALUES ('installation', '"' || lower(hex(randomblob(16))) || '"');
