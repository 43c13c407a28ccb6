-- The word index for q: the one read model that may hold a disclosed text, of class `case` only.
-- A piece is one text of one case; it stands from the event that brought it to the one that put another in its place.
CREATE TABLE IF NOT EXISTS pieces (
  id INTEGER PRIMARY KEY,
  violation TEXT NOT NULL,
  agreement TEXT NOT NULL,
  field INTEGER NOT NULL,
  from_sequence INTEGER NOT NULL,
  until_sequence INTEGER NOT NULL DEFAULT 9223372036854775807,
  digest TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS pieces_by_digest ON pieces (digest) WHERE digest IS NOT NULL;
CREATE INDEX IF NOT EXISTS pieces_by_violation ON pieces (violation, field);
-- One row while bytes of a forgotten text may still lie in the file or its WAL: written with the deletion, taken out when both are clean.
CREATE TABLE IF NOT EXISTS forgetting (id INTEGER PRIMARY KEY CHECK (id = 0)) STRICT;
CREATE TABLE IF NOT EXISTS checkpoint (id INTEGER PRIMARY KEY CHECK (id = 0), count INTEGER NOT NULL, event_id TEXT NOT NULL) STRICT;
-- The text stands in the index's own table, so that deleting a row finds all of its words.
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, tokenize = 'unicode61 remove_diacritics 2');
-- Deleting takes the words out of the index at once, not when segments are merged some day.
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
