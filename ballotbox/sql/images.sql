-- What the organiser's desk asks about images: as in `desk.sql`.

-- add_image --
-- Name an image; one that is there counts as new again, so that it is not cleared away before the
-- poll that it was sent for is saved. Holds its row, so whoever deletes it waits, and the other way
-- round.
INSERT INTO images (name, owner_id, width, height)
VALUES (%(name)s, %(owner)s, %(width)s, %(height)s)
ON CONFLICT (name) DO UPDATE SET created_at = now();

-- images_of --
-- How many images somebody was the first to send.
SELECT count(*) FROM images WHERE owner_id = %(owner)s;

-- image --
-- The size of an image, as (width, height).
SELECT width, height FROM images WHERE name = %(name)s;

-- delete_unused_images --
-- Delete those of some images that no poll uses any more; returns their names.
DELETE FROM images i
WHERE name = ANY (%(names)s)
  AND NOT EXISTS (SELECT FROM polls WHERE image = i.name)
  AND NOT EXISTS (SELECT FROM options WHERE image = i.name)
RETURNING name;

-- delete_forgotten_images --
-- Delete some of the images that were sent more than a day ago and that no poll uses; returns their
-- names. Never many at once: somebody waits for it.
DELETE FROM images i
WHERE name IN (
        SELECT name FROM images o
        WHERE created_at < now() - interval '1 day'
          AND NOT EXISTS (SELECT FROM polls WHERE image = o.name)
          AND NOT EXISTS (SELECT FROM options WHERE image = o.name)
        LIMIT 10 FOR UPDATE SKIP LOCKED
    )
RETURNING name;
