-- The event file. Its one table of facts only ever grows at its end: triggers refuse everything else,
-- also to somebody who comes with the sqlite3 shell. (Who drops a trigger leaves roots that don't match.)

-- A stream's name once, and a small number for it: an event's index entry is then 10 bytes, not 60.
CREATE TABLE streams (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;

CREATE TABLE events (
  -- The store's order, dense from 1.
  position INTEGER PRIMARY KEY,
  stream   INTEGER NOT NULL,
  -- Dense from 0 in each stream.
  revision INTEGER NOT NULL,
  -- The caller's id, 16 bytes in RFC 9562's order.
  id       BLOB NOT NULL CHECK (length(id) = 16),
  type     TEXT NOT NULL CHECK (type <> ''),
  -- The bytes exactly as they came: they are what is hashed and served.
  data     BLOB NOT NULL,
  metadata BLOB NOT NULL,
  UNIQUE (stream, revision)
) STRICT;

-- An insert may only go on where the store and the stream end. So an existing position or revision can't be
-- replaced (INSERT OR REPLACE fires no DELETE or UPDATE trigger), and a hole can't be filled behind our back.
CREATE TRIGGER events_only_at_the_end BEFORE INSERT ON events
WHEN NEW.position IS NOT (SELECT ifnull(max(position), 0) + 1 FROM events)
  OR NEW.revision IS NOT (SELECT ifnull(max(revision), -1) + 1 FROM events WHERE stream = NEW.stream)
BEGIN
  SELECT RAISE(ABORT, 'events are only ever appended at the end of the store and of their stream');
END;

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN
  SELECT RAISE(ABORT, 'events are never changed; a correction is another event');
END;

CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN
  SELECT RAISE(ABORT, 'events are never deleted; personal data lies in the vault');
END;

CREATE TRIGGER streams_only_once BEFORE INSERT ON streams
WHEN EXISTS (SELECT 1 FROM streams WHERE id = NEW.id OR name = NEW.name)
BEGIN
  SELECT RAISE(ABORT, 'a stream is named once');
END;

CREATE TRIGGER streams_never_change BEFORE UPDATE ON streams
BEGIN
  SELECT RAISE(ABORT, 'a stream keeps its name');
END;

CREATE TRIGGER streams_never_go BEFORE DELETE ON streams
BEGIN
  SELECT RAISE(ABORT, 'streams are never deleted');
END;
