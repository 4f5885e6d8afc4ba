-- Whether a poll stands on the lists that everybody sees. Those that are there go on standing on them;
-- one with single-use codes never does, whatever is written here, which its readers see to.

SET LOCAL ROLE votify_owner;

ALTER TABLE polls ADD listed boolean NOT NULL DEFAULT true;

RESET ROLE;
