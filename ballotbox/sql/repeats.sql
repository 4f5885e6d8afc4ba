-- Requests to the API that may be sent again, and what they were answered.

-- answer_of_key --
-- What was asked with this key before, and what that was answered.
SELECT request, answer FROM idempotency_keys
WHERE organiser_id = %(organiser)s AND key = %(key)s AND created_at > now() - interval '1 day';

-- forget_answers --
-- Forget an organiser's answers after a day.
DELETE FROM idempotency_keys
WHERE organiser_id = %(organiser)s AND created_at <= now() - interval '1 day';

-- keep_answer --
-- Remember what a request is answered. Adds no row if the same key was answered meanwhile; it waits
-- for a transaction that is about to do so.
INSERT INTO idempotency_keys (organiser_id, key, request, status, answer)
VALUES (%(organiser)s, %(key)s, %(request)s, %(status)s, %(answer)s::jsonb)
ON CONFLICT DO NOTHING;
