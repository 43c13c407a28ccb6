-- The vault file: disclosures, each encrypted under a data key of its own. Rows come, and go only by erasure.

-- The wrapping keys that are in use: one, or two while rows are rewrapped. Not the keys themselves.
CREATE TABLE wrapping_keys (
  id    INTEGER PRIMARY KEY,
  name  TEXT NOT NULL UNIQUE,
  -- HMAC by the key over a fixed text: a wrong key is told when the file is opened.
  proof BLOB NOT NULL CHECK (length(proof) = 32)
) STRICT;

CREATE TABLE disclosures (
  digest      TEXT NOT NULL UNIQUE CHECK (length(digest) = 43),
  class       TEXT NOT NULL CHECK (class IN ('case', 'confidential', 'display-name')),
  -- Nonce, AES-256-GCM ciphertext, tag.
  ciphertext  BLOB NOT NULL,
  -- Nonce, wrapped data key, tag.
  wrapped_key BLOB NOT NULL CHECK (length(wrapped_key) = 60),
  key         INTEGER NOT NULL REFERENCES wrapping_keys (id),
  -- Milliseconds since 1970-01-01T00:00Z.
  put_at      INTEGER NOT NULL,
  -- 1 once a sweep has found an event that refers to the row: events don't go, so it need not be asked for again.
  referred    INTEGER NOT NULL DEFAULT 0 CHECK (referred IN (0, 1))
) STRICT;

CREATE INDEX disclosures_to_sweep ON disclosures (put_at) WHERE referred = 0;

-- Erasures whose bytes may still lie in the file or its WAL: written with the deletion, cleared when both are clean.
CREATE TABLE erasures (
  digest TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Whoever puts a disclosure again, or tries to replace one, changes nothing.
CREATE TRIGGER disclosures_stay BEFORE INSERT ON disclosures
WHEN EXISTS (SELECT 1 FROM disclosures WHERE digest = NEW.digest OR rowid = NEW.rowid)
BEGIN
  SELECT RAISE(IGNORE);
END;

-- What may change: a data key's wrapping, together with the key that wraps it; and that an event was found.
CREATE TRIGGER disclosures_never_change BEFORE UPDATE ON disclosures
WHEN NEW.rowid IS NOT OLD.rowid
  OR NEW.digest IS NOT OLD.digest
  OR NEW.class IS NOT OLD.class
  OR NEW.ciphertext IS NOT OLD.ciphertext
  OR NEW.put_at IS NOT OLD.put_at
  OR NEW.referred < OLD.referred
  OR (NEW.wrapped_key IS NOT OLD.wrapped_key AND NEW.key IS OLD.key)
BEGIN
  SELECT RAISE(ABORT, 'disclosures are never changed');
END;

CREATE TRIGGER disclosures_go_by_erasure BEFORE DELETE ON disclosures
WHEN NOT EXISTS (SELECT 1 FROM erasures WHERE digest = OLD.digest)
BEGIN
  SELECT RAISE(ABORT, 'disclosures go only by an erasure');
END;
