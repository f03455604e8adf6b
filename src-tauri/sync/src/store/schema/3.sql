-- Postings of four kinds, each with its name: the ticket of a job, a digest, a note on a ticket, a test
-- ticket. A CHECK cannot be changed, so the rows move into a new table.

CREATE TABLE posting_new (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Autotask's ExternalID; of a note, what stands in its last line.
    key             TEXT NOT NULL UNIQUE,
    kind            TEXT NOT NULL CHECK (kind IN ('event', 'digest', 'note', 'test')),
    -- The row of the alert mapping whose priority, queue and days due it takes.
    alert           TEXT NOT NULL CHECK (alert IN ('success', 'warning', 'error', 'digest')),
    -- Order of sending: lower goes first.
    rank            INTEGER NOT NULL,
    organization_id TEXT REFERENCES organization (id),
    -- What an event, and a note on one, are made from.
    job             INTEGER REFERENCES job (row),
    -- The posting on whose ticket a note goes.
    note_on         INTEGER REFERENCES posting (id),
    what            TEXT NOT NULL,
    title           TEXT NOT NULL,
    -- Only where it is not made from the job.
    description     TEXT,
    occurred_at     INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    state           TEXT NOT NULL
        CHECK (state IN ('planned', 'sending', 'done', 'unclear', 'needs_attention')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    -- How often it was sent without a certain answer.
    lost            INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL,
    error_code      TEXT,
    error           TEXT,
    -- As sent, or for a test ticket as it is to be sent.
    account         INTEGER,
    account_name    TEXT,
    priority        INTEGER,
    queue           INTEGER,
    due             INTEGER,
    -- Of a note: the ticket that it is on.
    ticket_id       INTEGER,
    ticket_number   TEXT,
    note_id         INTEGER,
    CHECK (state <> 'done' OR ticket_id IS NOT NULL),
    CHECK ((kind = 'note') = (note_on IS NOT NULL))
) STRICT;

INSERT INTO posting_new (id, key, kind, alert, rank, organization_id, job, what, title, description,
        occurred_at, created_at, changed_at, state, attempts, lost, next_attempt_at, error_code, error,
        account, account_name, priority, queue, due, ticket_id, ticket_number)
    SELECT id, key, CASE WHEN kind = 'event' AND job IS NULL THEN 'digest' ELSE kind END, alert, rank,
        organization_id, job, what, title, description, occurred_at, created_at, changed_at, state,
        attempts, lost, next_attempt_at, error_code, error, account, account_name, priority, queue, due,
        ticket_id, ticket_number
    FROM posting;
-- Ids are never given twice, also not that of a posting that was taken back.
DELETE FROM sqlite_sequence WHERE name = 'posting_new';
INSERT INTO sqlite_sequence (name, seq)
    SELECT 'posting_new', seq FROM sqlite_sequence WHERE name = 'posting';

DROP TABLE posting;
ALTER TABLE posting_new RENAME TO posting;
CREATE INDEX posting_open ON posting (state, rank, occurred_at, id) WHERE state <> 'done';
CREATE INDEX posting_state ON posting (state, id);
CREATE INDEX posting_job ON posting (job);
CREATE INDEX posting_note_on ON posting (note_on) WHERE note_on IS NOT NULL;
CREATE INDEX posting_numberless ON posting (ticket_id) WHERE state = 'done' AND ticket_number IS NULL;
