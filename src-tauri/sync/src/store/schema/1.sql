-- Moments are microseconds since 1970 in UTC. No table holds a secret.

-- Settings, one row per section, as JSON.
CREATE TABLE setting (
    section TEXT PRIMARY KEY,
    json    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Small single values: cursor, pauses, rights, when something was read last. JSON.
CREATE TABLE fact (
    name TEXT PRIMARY KEY,
    json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per service whose login has been tested.
CREATE TABLE login (
    service         TEXT PRIMARY KEY CHECK (service IN ('autotask', 'cloud_direct')),
    tested_at       INTEGER,
    refused_at      INTEGER,
    refused_message TEXT
) STRICT, WITHOUT ROWID;

-- The partner's picklists of tickets. A value that has gone stays, inactive, so that it has a name.
CREATE TABLE picklist (
    field    TEXT NOT NULL CHECK (field IN ('priority', 'queue', 'status')),
    id       INTEGER NOT NULL,
    label    TEXT NOT NULL,
    active   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (field, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE organization (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    state    TEXT NOT NULL,
    seen_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE mapping (
    organization_id TEXT PRIMARY KEY REFERENCES organization (id),
    account         INTEGER,
    account_name    TEXT,
    account_active  INTEGER NOT NULL DEFAULT 1,
    contract        INTEGER,
    contract_name   TEXT,
    contract_active INTEGER NOT NULL DEFAULT 1,
    service         INTEGER,
    service_name    TEXT,
    service_active  INTEGER NOT NULL DEFAULT 1,
    excluded        TEXT,
    saved_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Mappings from a settings file or an import whose organization has not been seen yet.
CREATE TABLE mapping_to_come (
    organization TEXT PRIMARY KEY,
    account      INTEGER,
    contract     INTEGER,
    service      INTEGER,
    excluded     TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE job (
    row               INTEGER PRIMARY KEY,
    organization_id   TEXT NOT NULL REFERENCES organization (id),
    id                TEXT NOT NULL,
    system            TEXT NOT NULL,
    task              TEXT,
    kind              TEXT NOT NULL,
    status            TEXT NOT NULL,
    outcome           TEXT NOT NULL,
    started_at        INTEGER,
    finished_at       INTEGER NOT NULL,
    bytes_processed   INTEGER,
    bytes_transferred INTEGER,
    warning_count     INTEGER NOT NULL,
    error_count       INTEGER NOT NULL,
    message           TEXT,
    received_at       INTEGER NOT NULL,
    -- 'new', 'posted', or why it makes no ticket. 'withdrawn': its posting was taken back when its
    -- organization was excluded. 'changed': since its posting was sent without a certain answer.
    planned           TEXT NOT NULL DEFAULT 'new',
    UNIQUE (organization_id, id)
) STRICT;
CREATE INDEX job_new ON job (row) WHERE planned = 'new';
CREATE INDEX job_withdrawn ON job (organization_id) WHERE planned = 'withdrawn';
CREATE INDEX job_changed ON job (row) WHERE planned = 'changed';
CREATE INDEX job_finished ON job (finished_at, kind, outcome, organization_id);

CREATE TABLE posting (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Autotask's ExternalID.
    key             TEXT NOT NULL UNIQUE,
    kind            TEXT NOT NULL CHECK (kind IN ('event', 'test')),
    -- The row of the alert mapping whose priority, queue and days due it takes.
    alert           TEXT NOT NULL CHECK (alert IN ('success', 'warning', 'error', 'digest')),
    -- Order of sending: lower goes first.
    rank            INTEGER NOT NULL,
    organization_id TEXT REFERENCES organization (id),
    job             INTEGER REFERENCES job (row),
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
    ticket_id       INTEGER,
    ticket_number   TEXT,
    CHECK (state <> 'done' OR ticket_id IS NOT NULL)
) STRICT;
CREATE INDEX posting_open ON posting (state, rank, occurred_at, id) WHERE state <> 'done';
CREATE INDEX posting_state ON posting (state, id);
CREATE INDEX posting_job ON posting (job);
CREATE INDEX posting_numberless ON posting (ticket_id) WHERE state = 'done' AND ticket_number IS NULL;

-- What was done. Only ever added to.
CREATE TABLE ledger (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    what      TEXT NOT NULL,
    key       TEXT NOT NULL,
    account   INTEGER,
    ticket_id INTEGER,
    detail    TEXT
) STRICT;
CREATE INDEX ledger_key ON ledger (key);
CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
CREATE TRIGGER ledger_is_not_shortened BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;

-- What a person should see although the rest went on. The same text is one row.
CREATE TABLE notice (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    at   INTEGER NOT NULL,
    text TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX notice_at ON notice (at);

-- Export files that have been read, by the SHA-256 of their content.
CREATE TABLE read_file (
    hash    BLOB PRIMARY KEY,
    name    TEXT NOT NULL,
    read_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Names read from Autotask, to show and to search without asking again.
CREATE TABLE name (
    entity  TEXT NOT NULL CHECK (entity IN ('account', 'contract', 'contract_service', 'service')),
    id      INTEGER NOT NULL,
    parent  INTEGER,
    name    TEXT NOT NULL,
    active  INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    PRIMARY KEY (entity, id)
) STRICT, WITHOUT ROWID;
