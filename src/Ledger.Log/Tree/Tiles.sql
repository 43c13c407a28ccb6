-- Hashes, 32 bytes each, one behind the other; a row grows until it has 256.
-- Level 0 and above are C2SP tlog-tiles; level -1 holds the commitments that entry bundles are printed from.
CREATE TABLE tiles (
    level INTEGER NOT NULL CHECK (level BETWEEN -1 AND 7),
    idx INTEGER NOT NULL CHECK (idx >= 0),
    hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    UNIQUE (level, idx)
) STRICT;

CREATE TRIGGER tiles_only_grow BEFORE UPDATE ON tiles
WHEN NEW.level IS NOT OLD.level OR NEW.idx IS NOT OLD.idx OR substr(NEW.hashes, 1, length(OLD.hashes)) IS NOT OLD.hashes
BEGIN SELECT RAISE(ABORT, 'a tile only grows'); END;

CREATE TRIGGER tiles_stay BEFORE DELETE ON tiles
BEGIN SELECT RAISE(ABORT, 'a tile stays'); END;

-- Where in the store's order a tree of that size ends, so that a start needn't read from the beginning.
CREATE TABLE anchors (
    size INTEGER PRIMARY KEY,
    position TEXT NOT NULL
) STRICT;

-- What is known of the stream of seals, at the same place of the store's order.
CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    origin TEXT NOT NULL,
    stream TEXT NOT NULL,
    size INTEGER NOT NULL,
    position TEXT,
    revision INTEGER NOT NULL,
    sealed TEXT,
    sealed_at TEXT,
    published TEXT
) STRICT;

CREATE TABLE rotations (
    place INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;
