-- The ledger becomes a chain: store/ledger says how. The rows of before are written into it anew,
-- chained, and then `ledger_before` goes.

DROP TRIGGER ledger_is_not_changed;
DROP TRIGGER ledger_is_not_shortened;
DROP INDEX ledger_key;
ALTER TABLE ledger RENAME TO ledger_before;

-- What was done. Only ever added to, and shortened from its front.
CREATE TABLE ledger (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    what      TEXT NOT NULL,
    key       TEXT NOT NULL,
    account   INTEGER,
    ticket_id INTEGER,
    detail    TEXT,
    -- The hash of the row before, and its own.
    previous  BLOB NOT NULL CHECK (length(previous) = 32),
    hash      BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX ledger_key ON ledger (key);

-- Where the ledger begins and ends. 'anchor': the last row that was removed; 'head': the last row.
-- Before there is one: row 0, with a hash of zeros.
CREATE TABLE ledger_end (
    name  TEXT PRIMARY KEY CHECK (name IN ('anchor', 'head')),
    row   INTEGER NOT NULL,
    -- How many rows there have been up to this one.
    count INTEGER NOT NULL,
    hash  BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT, WITHOUT ROWID;
INSERT INTO ledger_end (name, row, count, hash)
    VALUES ('anchor', 0, 0, zeroblob(32)), ('head', 0, 0, zeroblob(32));

CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
CREATE TRIGGER ledger_is_not_shortened BEFORE DELETE ON ledger
    WHEN OLD.id > (SELECT row FROM ledger_end WHERE name = 'anchor')
    BEGIN SELECT RAISE(ABORT, 'the ledger is only shortened up to its anchor'); END;
CREATE TRIGGER ledger_is_chained BEFORE INSERT ON ledger
    WHEN NEW.id <= (SELECT row FROM ledger_end WHERE name = 'head')
        OR NEW.previous <> (SELECT hash FROM ledger_end WHERE name = 'head')
    BEGIN SELECT RAISE(ABORT, 'a row of the ledger follows the last one'); END;
CREATE TRIGGER ledger_has_a_head AFTER INSERT ON ledger
    BEGIN
        UPDATE ledger_end SET row = NEW.id, count = count + 1, hash = NEW.hash WHERE name = 'head';
    END;
CREATE TRIGGER ledger_ends_move_on BEFORE UPDATE ON ledger_end
    WHEN NEW.name <> OLD.name OR NEW.row <= OLD.row OR NEW.count <= OLD.count
    BEGIN SELECT RAISE(ABORT, 'the ends of the ledger only move on'); END;
CREATE TRIGGER ledger_ends_stay BEFORE DELETE ON ledger_end
    BEGIN SELECT RAISE(ABORT, 'the ends of the ledger stay'); END;
