-- An organization of which nothing has come for days, or never: from when on it has to be asked by
-- itself, because the token may not have been allowed to read it; and when that was last done.
ALTER TABLE organization ADD COLUMN unread_from INTEGER;
ALTER TABLE organization ADD COLUMN asked_at INTEGER;
