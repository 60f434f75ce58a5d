-- A project of version 1 with some work in it, as SQLite dumps it. Never to be altered.
PRAGMA application_id = 1431519565;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE history (
        image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
        revision INTEGER NOT NULL CHECK (revision > 0),
        change_id TEXT NOT NULL UNIQUE,
        client TEXT NOT NULL,
        at TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        PRIMARY KEY (image_id, revision)
    );
INSERT INTO "history" VALUES('00000000-0000-0000-0000-000000000032',1,'00000000-0000-0000-0000-000000000064','00000000-0000-0000-0000-000000000001','2026-01-02T03:04:05.678Z','[]','[{"kind":"object","id":"00000000-0000-0000-0000-00000000000a","frame":0,"labelId":"00000000-0000-0000-0000-00000000001e","colour":null,"visible":true,"locked":false,"position":1.5,"prompt":{"points":[{"x":3.25,"y":2.0,"label":1}],"boxXyxy":[2.0,1.0,6.0,4.0],"start":null,"choice":2},"mask":{"size":[6,8],"counts":"=3300000;"},"score":0.875,"origin":"model","track":"00000000-0000-0000-0000-00000000000a"}]');
INSERT INTO "history" VALUES('00000000-0000-0000-0000-000000000032',2,'00000000-0000-0000-0000-000000000065','00000000-0000-0000-0000-000000000001','2026-01-02T03:04:05.678Z','[]','[{"kind":"ruler","id":"00000000-0000-0000-0000-000000000014","frame":0,"from":[0.0,0.5],"to":[8.0,6.0],"visible":true}]');
CREATE TABLE image (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        stored TEXT,
        folded TEXT NOT NULL,
        sorting TEXT NOT NULL,
        is_missing INTEGER NOT NULL DEFAULT 0 CHECK (is_missing IN (0, 1)),
        state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'in work', 'done')),
        revision INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0),
        facts TEXT
    );
INSERT INTO "image" VALUES('00000000-0000-0000-0000-000000000032','sub/scan 1.png',NULL,'sub/scan 1.png','sub	scan 00011.png',0,'in work',2,NULL);
CREATE TABLE item (
        image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('object', 'ruler', 'image')),
        frame INTEGER,
        label_id TEXT REFERENCES label (id),
        body TEXT NOT NULL,
        PRIMARY KEY (image_id, id)
    );
INSERT INTO "item" VALUES('00000000-0000-0000-0000-000000000032','00000000-0000-0000-0000-00000000000a','object',0,'00000000-0000-0000-0000-00000000001e','{"kind":"object","id":"00000000-0000-0000-0000-00000000000a","frame":0,"labelId":"00000000-0000-0000-0000-00000000001e","colour":null,"visible":true,"locked":false,"position":1.5,"prompt":{"points":[{"x":3.25,"y":2.0,"label":1}],"boxXyxy":[2.0,1.0,6.0,4.0],"start":null,"choice":2},"mask":{"size":[6,8],"counts":"=3300000;"},"score":0.875,"origin":"model","track":"00000000-0000-0000-0000-00000000000a"}');
INSERT INTO "item" VALUES('00000000-0000-0000-0000-000000000032','00000000-0000-0000-0000-000000000014','ruler',0,NULL,'{"kind":"ruler","id":"00000000-0000-0000-0000-000000000014","frame":0,"from":[0.0,0.5],"to":[8.0,6.0],"visible":true}');
CREATE TABLE label (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        colour TEXT NOT NULL,
        position INTEGER NOT NULL
    );
INSERT INTO "label" VALUES('00000000-0000-0000-0000-00000000001e','nerve','#ff8800',0);
CREATE TABLE project (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        labels_revision INTEGER NOT NULL
    );
INSERT INTO "project" VALUES(1,1);
CREATE UNIQUE INDEX image_of_folder ON image (name) WHERE stored IS NULL;
CREATE INDEX image_sorting ON image (sorting, name, id);
CREATE INDEX item_kind ON item (image_id, kind, frame);
CREATE INDEX item_label ON item (label_id);
COMMIT;
