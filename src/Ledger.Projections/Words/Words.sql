-- The word index for q: the one read model that may hold a disclosed text, of class `case` only.
-- A piece is one text of one case; it stands from the event that brought it to the one that put another in its place.
CREATE TABLE IF NOT EXISTS pieces (
  id INTEGER PRIMARY KEY,
  -- 16 bytes in RFC 9562's order.
  violation BLOB NOT NULL,
  agreement TEXT NOT NULL,
  field INTEGER NOT NULL,
  -- The sequence of the case's record, by which the text is found that another takes the place of; null for statements, which add up.
  case_sequence INTEGER,
  from_sequence INTEGER NOT NULL,
  until_sequence INTEGER NOT NULL DEFAULT 9223372036854775807,
  digest TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS pieces_by_digest ON pieces (digest) WHERE digest IS NOT NULL;
-- By the record's number and not by the case's id: new cases then go to the index's end, and random ids all over it (a fifth of the writing).
CREATE INDEX IF NOT EXISTS pieces_by_case ON pieces (case_sequence, field) WHERE case_sequence IS NOT NULL;
-- One row while bytes of a forgotten text may still lie in the file or its WAL: written with the deletion, taken out when both are clean.
CREATE TABLE IF NOT EXISTS forgetting (id INTEGER PRIMARY KEY CHECK (id = 0)) STRICT;
CREATE TABLE IF NOT EXISTS checkpoint (id INTEGER PRIMARY KEY CHECK (id = 0), count INTEGER NOT NULL, event_id TEXT NOT NULL) STRICT;
-- The text stands in the index's own table, so that deleting a row finds all of its words. Nobody asks how long it is, as ranking would.
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');
-- Deleting takes the words out of the index at once, not when segments are merged some day.
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
