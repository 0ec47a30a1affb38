-- Version 2: a catalogue import on its way in. Judged rows wait here and go over into the catalogue a few
-- at a time, so that selling never waits for a large file and a crash in the middle goes on afterwards.

-- The import under way; no row while there is none. A file that is not staged to its end is forgotten.
CREATE TABLE import (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    stage     TEXT    NOT NULL CHECK (stage IN ('STAGING', 'APPLYING')),
    added     INTEGER NOT NULL DEFAULT 0 CHECK (added >= 0),
    changed   INTEGER NOT NULL DEFAULT 0 CHECK (changed >= 0),
    unchanged INTEGER NOT NULL DEFAULT 0 CHECK (unchanged >= 0)
) STRICT;

-- Categories in the order of the file; gone from here once they are in the catalogue.
CREATE TABLE import_category (
    turn    INTEGER PRIMARY KEY,
    name    TEXT NOT NULL,
    name_en TEXT NOT NULL
) STRICT;

-- Articles in the order they are applied in; gone from here once they are in the catalogue. Codes are
-- separated by `|`, the first is the article's id; position is the place in the file.
CREATE TABLE import_article (
    turn            INTEGER PRIMARY KEY,
    position        INTEGER NOT NULL,
    codes           TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    name_en         TEXT    NOT NULL,
    size            TEXT    NOT NULL,
    category        TEXT    NOT NULL,
    category_en     TEXT    NOT NULL,
    unit            TEXT    NOT NULL CHECK (unit IN ('PIECE', 'KILOGRAM')),
    price_minor     INTEGER NOT NULL CHECK (price_minor > 0),
    charged_percent INTEGER NOT NULL CHECK (charged_percent BETWEEN 1 AND 100)
) STRICT;
