CREATE ROLE votify_admin LOGIN;
CREATE ROLE votify_result LOGIN;
CREATE ROLE votify_worker LOGIN;
--
-- PostgreSQL database dump
--

\restrict jVvkLmXTsAZfTbEZIXvYwHXd2UwJSvAGL1jk7eZYZuUnSTEna9BtsDF9hYUNTQt

-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: purge_ballots(integer); Type: FUNCTION; Schema: public; Owner: votify
--

CREATE FUNCTION public.purge_ballots(days integer) RETURNS SETOF integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO '$user', 'public'
    AS $$
DECLARE
    due integer[];
BEGIN
    -- Held, so that none is reopened meanwhile; who is about to reopen one is not waited for.
    SELECT array_agg(id) INTO due FROM (
        SELECT p.id
        FROM polls p JOIN standings t ON t.poll_id = p.id
        JOIN seals s ON s.poll_id = p.id AND s.final_seq = t.final_seq
        WHERE p.purged_at IS NULL AND p.closed AND s.broken_at IS NULL
          AND s.sealed_at < now() - make_interval(days => days)
        FOR NO KEY UPDATE OF p SKIP LOCKED
    ) AS held;
    DELETE FROM ballots WHERE poll_id = ANY (due);
    UPDATE polls SET purged_at = now() WHERE id = ANY (due);
    RETURN QUERY SELECT unnest(due);
END
$$;


ALTER FUNCTION public.purge_ballots(days integer) OWNER TO votify;

--
-- Name: reopen_poll(integer); Type: FUNCTION; Schema: public; Owner: votify
--

CREATE FUNCTION public.reopen_poll(wanted integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO '$user', 'public'
    AS $$
DECLARE
    marker bigint;
BEGIN
    SELECT final_seq INTO marker FROM standings WHERE poll_id = wanted FOR UPDATE;
    IF marker IS NULL THEN
        RAISE EXCEPTION 'poll % is not final', wanted
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- Without its ballots nobody could tell who has voted already.
    IF (SELECT purged_at FROM polls WHERE id = wanted) IS NOT NULL THEN
        RAISE EXCEPTION 'the ballots of poll % were deleted', wanted
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    UPDATE standings SET final_seq = NULL, version = nextval('standing_version')
    WHERE poll_id = wanted;
    UPDATE polls SET closed = false, reopened_seq = marker WHERE id = wanted;
    UPDATE seals SET broken_at = now() WHERE poll_id = wanted AND broken_at IS NULL;
END
$$;


ALTER FUNCTION public.reopen_poll(wanted integer) OWNER TO votify;

--
-- Name: reset_poll(integer); Type: FUNCTION; Schema: public; Owner: votify
--

CREATE FUNCTION public.reset_poll(wanted integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO '$user', 'public'
    AS $$
DECLARE
    marker bigint;
BEGIN
    UPDATE polls SET purged_at = NULL WHERE id = wanted;
    PERFORM reopen_poll(wanted);
    SELECT reopened_seq INTO marker FROM polls WHERE id = wanted;
    DELETE FROM ballots WHERE poll_id = wanted;
    DELETE FROM tallies WHERE poll_id = wanted;
    DELETE FROM refusals WHERE poll_id = wanted;
    DELETE FROM samples WHERE poll_id = wanted;
    UPDATE standings SET ballots = 0, cast_ballots = 0, last_seq = NULL WHERE poll_id = wanted;
    UPDATE polls SET starts_seq = marker WHERE id = wanted;
END
$$;


ALTER FUNCTION public.reset_poll(wanted integer) OWNER TO votify;

--
-- Name: salt_poll(); Type: FUNCTION; Schema: public; Owner: votify
--

CREATE FUNCTION public.salt_poll() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO '$user', 'public'
    AS $$
BEGIN
    INSERT INTO salts (poll_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;


ALTER FUNCTION public.salt_poll() OWNER TO votify;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: ballots; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.ballots (
    poll_id integer NOT NULL,
    voter text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    option_ids smallint[] NOT NULL,
    mark_values smallint[] NOT NULL,
    CONSTRAINT ballots_check CHECK ((cardinality(option_ids) = cardinality(mark_values))),
    CONSTRAINT ballots_seq_check CHECK ((seq > 0))
);


ALTER TABLE public.ballots OWNER TO votify;

--
-- Name: codes; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.codes (
    poll_id integer NOT NULL,
    number integer NOT NULL,
    code text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT codes_number_check CHECK ((number > 0))
);


ALTER TABLE public.codes OWNER TO votify;

--
-- Name: idempotency_keys; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.idempotency_keys (
    organiser_id integer NOT NULL,
    key text NOT NULL,
    request bytea NOT NULL,
    status smallint NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE public.idempotency_keys OWNER TO votify;

--
-- Name: images; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.images (
    name text NOT NULL,
    owner_id integer,
    width smallint NOT NULL,
    height smallint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE public.images OWNER TO votify;

--
-- Name: migrations; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.migrations (
    number integer NOT NULL,
    name text,
    applied_at timestamp with time zone DEFAULT now()
);


ALTER TABLE public.migrations OWNER TO votify;

--
-- Name: options; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.options (
    poll_id integer NOT NULL,
    id smallint NOT NULL,
    text text NOT NULL,
    image text,
    CONSTRAINT options_id_check CHECK ((id > 0)),
    CONSTRAINT options_text_check CHECK ((text <> ''::text))
);


ALTER TABLE public.options OWNER TO votify;

--
-- Name: organisers; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.organisers (
    id integer NOT NULL,
    name text NOT NULL,
    password text NOT NULL,
    role text NOT NULL,
    disabled boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT organisers_name_check CHECK ((name <> ''::text)),
    CONSTRAINT organisers_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'organiser'::text])))
);


ALTER TABLE public.organisers OWNER TO votify;

--
-- Name: organisers_id_seq; Type: SEQUENCE; Schema: public; Owner: votify
--

ALTER TABLE public.organisers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.organisers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: polls; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.polls (
    id integer NOT NULL,
    slug text NOT NULL,
    code text NOT NULL,
    question text NOT NULL,
    kind text NOT NULL,
    max_choices smallint NOT NULL,
    change boolean NOT NULL,
    identity text NOT NULL,
    visibility text NOT NULL,
    opens_at timestamp with time zone,
    closes_at timestamp with time zone,
    closed boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    owner_id integer,
    image text,
    min_choices smallint DEFAULT 1 NOT NULL,
    draft boolean DEFAULT false NOT NULL,
    archived boolean DEFAULT false NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    starts_seq bigint DEFAULT 0 NOT NULL,
    reopened_seq bigint DEFAULT 0 NOT NULL,
    codes_version integer DEFAULT 0 NOT NULL,
    preview text DEFAULT replace((gen_random_uuid())::text, '-'::text, ''::text) NOT NULL,
    edited_at timestamp with time zone DEFAULT now() NOT NULL,
    purged_at timestamp with time zone,
    CONSTRAINT polls_check CHECK ((closes_at > opens_at)),
    CONSTRAINT polls_check1 CHECK ((min_choices <= max_choices)),
    CONSTRAINT polls_code_check CHECK ((code ~ '^[A-Z0-9]{6}$'::text)),
    CONSTRAINT polls_max_choices_check CHECK ((max_choices > 0)),
    CONSTRAINT polls_min_choices_check CHECK ((min_choices > 0)),
    CONSTRAINT polls_question_check CHECK ((question <> ''::text))
);


ALTER TABLE public.polls OWNER TO votify;

--
-- Name: polls_id_seq; Type: SEQUENCE; Schema: public; Owner: votify
--

ALTER TABLE public.polls ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.polls_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: salts; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.salts (
    poll_id integer NOT NULL,
    salt text DEFAULT (gen_random_uuid())::text NOT NULL
);


ALTER TABLE public.salts OWNER TO votify;

--
-- Name: pseudonymous_ballots; Type: VIEW; Schema: public; Owner: votify
--

CREATE VIEW public.pseudonymous_ballots AS
 SELECT b.poll_id,
    b.seq,
    b.option_ids,
    b.mark_values,
    "left"(encode(sha256(convert_to(((s.salt || ':'::text) || b.voter), 'UTF8'::name)), 'hex'::text), 24) AS pseudonym
   FROM (public.ballots b
     JOIN public.salts s USING (poll_id));


ALTER VIEW public.pseudonymous_ballots OWNER TO votify;

--
-- Name: refusals; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.refusals (
    poll_id integer NOT NULL,
    seq bigint NOT NULL,
    reason text NOT NULL
);


ALTER TABLE public.refusals OWNER TO votify;

--
-- Name: samples; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.samples (
    poll_id integer NOT NULL,
    second bigint NOT NULL,
    seq bigint NOT NULL,
    ballots bigint NOT NULL,
    cast_ballots bigint NOT NULL,
    counts jsonb,
    CONSTRAINT samples_check CHECK (((seq / 1000000) = second))
)
WITH (fillfactor='50');


ALTER TABLE public.samples OWNER TO votify;

--
-- Name: seals; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.seals (
    poll_id integer NOT NULL,
    final_seq bigint NOT NULL,
    document text NOT NULL,
    sealed_at timestamp with time zone DEFAULT now() NOT NULL,
    broken_at timestamp with time zone
);


ALTER TABLE public.seals OWNER TO votify;

--
-- Name: sessions; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.sessions (
    hash bytea NOT NULL,
    organiser_id integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    device text DEFAULT ''::text NOT NULL
);


ALTER TABLE public.sessions OWNER TO votify;

--
-- Name: standing_version; Type: SEQUENCE; Schema: public; Owner: votify
--

CREATE SEQUENCE public.standing_version
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER SEQUENCE public.standing_version OWNER TO votify;

--
-- Name: standings; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.standings (
    poll_id integer NOT NULL,
    ballots bigint DEFAULT 0 NOT NULL,
    version bigint DEFAULT nextval('public.standing_version'::regclass) NOT NULL,
    final_seq bigint,
    cast_ballots bigint DEFAULT 0 NOT NULL,
    last_seq bigint,
    CONSTRAINT standings_ballots_check CHECK ((ballots >= 0)),
    CONSTRAINT standings_cast_ballots_check CHECK ((cast_ballots >= 0))
)
WITH (fillfactor='50');


ALTER TABLE public.standings OWNER TO votify;

--
-- Name: tallies; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.tallies (
    poll_id integer NOT NULL,
    option_id smallint NOT NULL,
    value smallint NOT NULL,
    count bigint NOT NULL
)
WITH (fillfactor='50');


ALTER TABLE public.tallies OWNER TO votify;

--
-- Name: tokens; Type: TABLE; Schema: public; Owner: votify
--

CREATE TABLE public.tokens (
    id integer NOT NULL,
    organiser_id integer NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT tokens_name_check CHECK ((name <> ''::text)),
    CONSTRAINT tokens_scopes_check CHECK ((scopes <@ ARRAY['polls'::text, 'vote-for'::text]))
);


ALTER TABLE public.tokens OWNER TO votify;

--
-- Name: tokens_id_seq; Type: SEQUENCE; Schema: public; Owner: votify
--

ALTER TABLE public.tokens ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.tokens_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: used_codes; Type: VIEW; Schema: public; Owner: votify
--

CREATE VIEW public.used_codes AS
 SELECT DISTINCT c.poll_id,
    c.number
   FROM (public.codes c
     JOIN public.ballots b ON (((b.poll_id = c.poll_id) AND (b.voter = ('code:'::text || c.number)))));


ALTER VIEW public.used_codes OWNER TO votify;

--
-- Data for Name: ballots; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.ballots (poll_id, voter, seq, option_ids, mark_values) FROM stdin;
3	eG9jmCVKsZmnTTAZdZJAmA	1795727767084918	{1}	{1}
4	eG9jmCVKsZmnTTAZdZJAmA	1795727767123324	{1}	{1}
5	eG9jmCVKsZmnTTAZdZJAmA	1795727767155394	{1,2}	{1,1}
9	eG9jmCVKsZmnTTAZdZJAmA	1795727767192626	{1}	{1}
3	gcIbIELaoQEbyklQE4KEIQ	1795727767385889	{2}	{1}
4	gcIbIELaoQEbyklQE4KEIQ	1795727767454635	{2}	{1}
5	gcIbIELaoQEbyklQE4KEIQ	1795727767503450	{1,3}	{1,1}
9	gcIbIELaoQEbyklQE4KEIQ	1795727767513509	{1}	{1}
3	Y7DR-qkRMNuVAfRLD52KlA	1795727767658142	{3}	{1}
4	Y7DR-qkRMNuVAfRLD52KlA	1795727767670590	{1}	{1}
5	Y7DR-qkRMNuVAfRLD52KlA	1795727767688471	{1,2}	{1,1}
9	Y7DR-qkRMNuVAfRLD52KlA	1795727767704610	{1}	{1}
3	DaiCcNZum3OEloCtoddwEg	1795727767758670	{1}	{1}
4	DaiCcNZum3OEloCtoddwEg	1795727767787879	{2}	{1}
5	DaiCcNZum3OEloCtoddwEg	1795727767816427	{1,3}	{1,1}
9	DaiCcNZum3OEloCtoddwEg	1795727767829720	{1}	{1}
3	lbtyhcYeM4JQ8ohJ-XQrzw	1795727767924353	{2}	{1}
4	lbtyhcYeM4JQ8ohJ-XQrzw	1795727767959949	{1}	{1}
5	lbtyhcYeM4JQ8ohJ-XQrzw	1795727767982471	{1,2}	{1,1}
9	lbtyhcYeM4JQ8ohJ-XQrzw	1795727767994028	{1}	{1}
5	Y7DR-qkRMNuVAfRLD52KlA	1795727768115071	{2}	{1}
9	Y7DR-qkRMNuVAfRLD52KlA	1795727768127801	{}	{}
8	code:1	1795727768135839	{1}	{1}
8	code:4	1795727768146476	{2}	{1}
8	code:2	1795727768293858	{2}	{1}
4	user:a member	1795727768313037	{2}	{1}
6	ann	1795727768317265	{1,2}	{3,5}
10	ann	1795727768321346	{1}	{1}
11	ann	1795727768324892	{1}	{1}
13	ann	1795727768338360	{1}	{1}
2	ann	1795727768345878	{1}	{1}
6	ben	1795727768357424	{1,2}	{3,5}
10	ben	1795727768362039	{1}	{1}
11	ben	1795727768365905	{1}	{1}
13	ben	1795727768381352	{1}	{1}
2	ben	1795727768386719	{1}	{1}
6	cleo	1795727768391652	{1,2}	{4,5}
10	cleo	1795727768404867	{2}	{1}
11	cleo	1795727768418085	{2}	{1}
13	cleo	1795727768449915	{2}	{1}
2	cleo	1795727768464587	{2}	{1}
10	ann	1795727768490840	{2}	{1}
10	ben	1795727768507564	{}	{}
7	voter 0	1795727768526161	{1,2,3}	{1,2,3}
14	voter 0	1795727768547310	{1}	{1}
7	voter 1	1795727768551688	{2,3}	{1,2}
7	voter 2	1795727768573861	{1,2,3,4}	{3,2,1,4}
14	voter 1	1795727768557829	{1}	{1}
14	voter 2	1795727768590185	{1}	{1}
7	voter 3	1795727768620968	{1,3}	{2,1}
7	voter 4	1795727768640204	{2,4}	{2,1}
14	voter 3	1795727768635724	{1}	{1}
14	voter 4	1795727768656769	{1}	{1}
7	voter 5	1795727768674345	{1,4}	{1,2}
14	voter 5	1795727768704423	{1}	{1}
7	voter 6	1795727768721412	{1,2}	{2,1}
14	voter 6	1795727768727040	{1}	{1}
4	lbtyhcYeM4JQ8ohJ-XQrzw	1795727768977346	{2}	{1}
10	dan	1795727776496363	{2}	{1}
12	ann	1795727778091126	{2}	{1}
9	vaZvgBaK6leic-az9QojvA	1795727778247889	{2}	{1}
6	Fay	1795727780339051	{1,2}	{2,3}
13	Fay	1795727780370966	{1}	{1}
14	Fay	1795727780353103	{1,2}	{2,1}
\.


--
-- Data for Name: codes; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.codes (poll_id, number, code, name, created_at, revoked_at) FROM stdin;
8	1	72Z2X5TH7X	Ann	2026-11-26 21:16:04.64025+00	\N
8	2	EC7GUZG568	Ben	2026-11-26 21:16:04.64025+00	\N
8	5	D465NA5NQF		2026-11-26 21:16:04.64025+00	\N
8	6	4F3UQSFBBU		2026-11-26 21:16:04.64025+00	\N
8	3	MX28E8GV8R	Cleo	2026-11-26 21:16:04.64025+00	2026-11-26 21:16:04.678371+00
8	4	DG86ACMNCX	Dan	2026-11-26 21:16:04.64025+00	2026-11-26 21:16:08.159754+00
\.


--
-- Data for Name: idempotency_keys; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.idempotency_keys (organiser_id, key, request, status, answer, created_at) FROM stdin;
1	the same draft, asked for twice	\\x3e5e6445709fa752b9233d313a7ad2efb7bebb65fd9ad764d8e25d973f593770	201	{"id": 17, "code": "2JE9R3", "kind": "single", "slug": "was-this-asked-before", "final": false, "image": null, "owner": 1, "state": "draft", "change": true, "ballots": 0, "options": [{"id": 1, "text": "Yes", "image": null}, {"id": 2, "text": "No", "image": null}], "archived": false, "identity": "cookie", "opens_at": null, "question": "Was this asked before?", "revision": 1, "closes_at": null, "sealed_at": null, "visibility": "always", "has_ballots": false, "max_choices": 1, "min_choices": 1}	2026-11-26 21:16:05.075571+00
\.


--
-- Data for Name: images; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.images (name, owner_id, width, height, created_at) FROM stdin;
1a8d4c48814b62669273e736ce4c59e4	1	960	720	2026-11-26 21:16:03.861999+00
baa119a824f94de67c58a846e958463e	1	960	720	2026-11-26 21:16:04.110658+00
\.


--
-- Data for Name: migrations; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.migrations (number, name, applied_at) FROM stdin;
1	ballots	2026-11-26 21:15:14.415844+00
2	organisers	2026-11-26 21:15:14.415844+00
3	timeline	2026-11-26 21:15:14.415844+00
\.


--
-- Data for Name: options; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.options (poll_id, id, text, image) FROM stdin;
1	1	Cats	\N
1	2	Dogs	\N
2	1	Cats	\N
2	2	Dogs	\N
3	1	Park	\N
3	2	Pool	\N
3	3	Pub	\N
3	4	Patio	\N
4	1	Yes	\N
4	2	No	\N
5	1	Monday	\N
5	2	Wednesday	\N
5	3	Friday	\N
6	1	Yes	\N
6	2	No	\N
7	1	Ada	\N
7	2	Blaise	\N
7	3	Charles	\N
7	4	Dorothy	\N
8	1	Yes	\N
8	2	No	\N
9	1	Yes	\N
9	2	No	\N
10	1	Yes	\N
10	2	No	\N
11	1	Yes	\N
11	2	No	\N
12	1	Yes	\N
12	2	No	\N
13	1	Yes	\N
13	2	No	\N
14	1	Yes	\N
14	2	No	\N
16	1	Yes	\N
16	2	No	\N
15	1	Yes	baa119a824f94de67c58a846e958463e
15	2	No	\N
17	1	Yes	\N
17	2	No	\N
\.


--
-- Data for Name: organisers; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.organisers (id, name, password, role, disabled, created_at) FROM stdin;
1	admin	$argon2id$v=19$m=65536,t=3,p=4$+YegskwQ0UloRMbjG5NGtQ$dVqQNJjH/3giGX/YZZ9Q0UEO+VM/KAwK+FPTF3yoZ14	owner	f	2026-11-26 21:15:55.993285+00
2	ada	$argon2id$v=19$m=65536,t=3,p=4$YKPKu902dZ+eLfzVR8ayGg$XjZnBuqr3TDOeTgycXT35RisU8ZE0lYfLDInSS/mM9g	organiser	f	2026-11-26 21:16:01.366343+00
\.


--
-- Data for Name: polls; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.polls (id, slug, code, question, kind, max_choices, change, identity, visibility, opens_at, closes_at, closed, created_at, owner_id, image, min_choices, draft, archived, revision, starts_seq, reopened_seq, codes_version, preview, edited_at, purged_at) FROM stdin;
1	cats-or-dogs	6M3MGS	Cats or Dogs?	single	1	t	cookie	always	\N	\N	f	2026-11-26 21:15:14.906626+00	\N	\N	1	f	f	1	0	0	0	f17bbb9733dc41deaaaba6c0224fd19e	2026-11-26 21:15:14.906626+00	\N
2	whose-is-it	F3EPAS	Whose is it?	single	1	t	declared	always	2026-11-26 21:16:03.111526+00	\N	f	2026-11-26 21:16:02.939689+00	2	\N	1	f	f	2	0	0	0	93adf67b547b45c6a5f828ad23011b68	2026-11-26 21:16:03.106477+00	\N
15	what-shall-we-ask-next	EBSTJK	What shall we ask next?	single	1	t	cookie	always	\N	\N	f	2026-11-26 21:16:04.528287+00	1	1a8d4c48814b62669273e736ce4c59e4	1	t	f	2	0	0	0	4279f94dd75c4d298b08e6af16c73937	2026-11-26 21:16:04.599168+00	\N
12	was-that-a-trial	P8VFUQ	Was that a trial?	single	1	t	declared	always	2026-11-26 21:16:16.31377+00	\N	f	2026-11-26 21:16:04.423863+00	1	\N	1	f	f	5	1795727775627131	1795727775627131	0	b12ad7b17f8a47e38d73e8d54e97244f	2026-11-26 21:16:16.311198+00	\N
7	which-name-shall-it-have	S7FHMF	Which name shall it have?	ranked	4	t	declared	always	2026-11-26 21:16:04.742382+00	2026-11-26 21:16:08.998263+00	t	2026-11-26 21:16:04.239525+00	1	1a8d4c48814b62669273e736ce4c59e4	1	f	f	3	0	0	0	3069ad57ac3d49fb89cca0c7e2004aca	2026-11-26 21:16:08.997652+00	\N
5	which-days-suit-you	W3CU3T	Which days suit you?	multiple	2	t	cookie	after_close	2026-11-26 21:16:04.768685+00	2200-01-01 00:00:00+00	f	2026-11-26 21:16:04.186024+00	1	\N	1	f	f	2	0	0	0	92e9b69240eb4022b1ee83cc6f4bdc92	2026-11-26 21:16:04.767825+00	\N
6	how-was-the-week	3M9QJV	How was the week?	rating	2	t	declared	organiser	2026-11-26 21:16:04.851693+00	\N	f	2026-11-26 21:16:04.215745+00	1	\N	1	f	f	2	0	0	0	5695128bbe65452ba44edaf10c93f544	2026-11-26 21:16:04.850843+00	\N
9	shall-we-paint-the-hall	NTBF8K	Shall we paint the hall?	single	1	t	cookie	always	2026-11-26 21:16:04.866821+00	\N	f	2026-11-26 21:16:04.296006+00	1	\N	1	f	f	4	0	1795727774368464	0	956a446d392e4cafa05005d542999b45	2026-11-26 21:16:16.44122+00	\N
4	shall-we-move	MKERZN	Shall we move?	single	1	f	cookie	after_vote	2026-11-26 21:16:04.8937+00	\N	f	2026-11-26 21:16:04.162588+00	1	\N	1	f	f	2	0	0	0	7c4befefb4e34cfcba69b27669fd7dfa	2026-11-26 21:16:04.892964+00	\N
3	where-shall-we-meet	B44JQZ	Where shall we meet?	single	1	t	cookie	always	2026-11-26 21:16:05.009443+00	\N	f	2026-11-26 21:16:04.134596+00	1	\N	1	f	f	2	0	0	0	1ce5c61b13ee47f1ab4f42399b9181a1	2026-11-26 21:16:05.008971+00	\N
10	tea-or-coffee	62G479	Tea or coffee?	single	1	t	declared	always	2026-11-26 21:16:05.021758+00	2026-11-26 21:16:16.521226+00	t	2026-11-26 21:16:04.345132+00	1	\N	1	f	f	5	0	1795727772074786	0	b63735b3864f4245b5775d4baa1aa429	2026-11-26 21:16:16.519677+00	\N
16	what-comes-in-the-far-future	K4VN7X	What comes in the far future?	single	1	t	cookie	always	2200-01-01 00:00:00+00	\N	f	2026-11-26 21:16:04.568922+00	1	\N	1	f	f	2	0	0	0	5a16f76b8f554073b18a26a057f4842f	2026-11-26 21:16:05.044277+00	\N
17	was-this-asked-before	2JE9R3	Was this asked before?	single	1	t	cookie	always	\N	\N	f	2026-11-26 21:16:05.075571+00	1	\N	1	t	f	1	0	0	0	bdf69bee180a45919916b73af4f863cc	2026-11-26 21:16:05.075571+00	\N
8	who-shall-speak-for-us	BP3GPF	Who shall speak for us?	single	1	f	code	always	2026-11-26 21:16:04.834672+00	\N	f	2026-11-26 21:16:04.260285+00	1	\N	1	f	f	2	0	0	3	3441c7c8758a4ac4ba592b31424fddec	2026-11-26 21:16:04.833839+00	\N
13	is-it-over	2PY268	Is it over?	single	1	t	declared	always	2026-11-26 21:16:04.809778+00	2026-11-26 21:16:22.368219+00	f	2026-11-26 21:16:04.458345+00	1	\N	1	f	f	3	0	0	0	be903099026d4ac88e2f412b72a3784f	2026-11-26 21:16:22.367363+00	\N
14	and-this-one	3FCHAC	And this one?	ranked	2	t	declared	always	2026-11-26 21:16:04.702284+00	2026-11-26 21:16:22.394567+00	f	2026-11-26 21:16:04.492285+00	1	\N	1	f	f	3	0	0	0	32dbab0fff6c431abba694bc817262b6	2026-11-26 21:16:22.391384+00	\N
11	did-it-rain	Z6VUMK	Did it rain?	single	1	t	declared	always	2026-11-26 21:16:04.991063+00	2026-11-26 21:16:13.029219+00	t	2026-11-26 21:16:04.374247+00	1	\N	1	f	t	4	0	0	0	9c0fb58b5e684cccb05ee7ad048efaf6	2026-11-26 21:16:16.034875+00	\N
\.


--
-- Data for Name: refusals; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.refusals (poll_id, seq, reason) FROM stdin;
\.


--
-- Data for Name: salts; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.salts (poll_id, salt) FROM stdin;
1	213a78b1-ebf4-40ef-894e-045d37e925c5
2	f9545178-15ce-42b1-ba61-b3e5ae46011f
3	2f0b175b-a7dd-4684-a9cf-9f18bbd7a710
4	222a594e-97c8-4613-bd8b-59a998dd2822
5	6e5002cd-e5b3-4fdf-9c7e-f32752a5aa5f
6	81bfff0b-8b4e-4aca-81dc-cc0a3f3782d1
7	6f5ad6d5-5370-42d7-8f4c-76aa5a023fbf
8	0f289843-31a4-46c2-a30d-e788cf10414a
9	1cd456d8-635d-4937-abde-60e93475a2e8
10	203d1fa4-e0ee-478d-88f2-d72ae1381de5
11	c54abaa0-5402-4bb4-87de-c6b5bec745d2
12	7ac54656-4c40-4aae-ab66-209b54deb1a5
13	cb60fa56-cbb1-472f-9c67-bde9e13a3fec
14	db952aa8-f942-4ff9-ac02-e07b4ecf8718
15	1a5edf9d-3a4b-4dff-a598-59446366cb03
16	b28a6576-fc7d-4531-b8ed-f44da1ba4c86
17	6107f9b3-cd25-402a-914f-878a54e441c8
\.


--
-- Data for Name: samples; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.samples (poll_id, second, seq, ballots, cast_ballots, counts) FROM stdin;
6	1795727768	1795727768391652	3	3	\N
11	1795727768	1795727768418085	3	3	[[1, 1, 2], [2, 1, 1]]
13	1795727768	1795727768449915	3	3	[[1, 1, 2], [2, 1, 1]]
10	1795727768	1795727768507564	2	5	[[2, 1, 2]]
4	1795727768	1795727768977346	6	7	[[1, 1, 3], [2, 1, 3]]
3	1795727767	1795727767924353	5	5	[[1, 1, 2], [2, 1, 2], [3, 1, 1]]
4	1795727767	1795727767959949	5	5	[[1, 1, 3], [2, 1, 2]]
5	1795727767	1795727767982471	5	5	\N
9	1795727767	1795727767994028	5	5	[[1, 1, 5]]
5	1795727768	1795727768115071	5	6	\N
9	1795727768	1795727768127801	4	6	[[1, 1, 4]]
8	1795727768	1795727768293858	3	3	[[1, 1, 1], [2, 1, 2]]
2	1795727768	1795727768464587	3	3	[[1, 1, 2], [2, 1, 1]]
7	1795727768	1795727768721412	7	7	[[2, 2, 3], [1, 1, 2], [3, 3, 1], [3, 1, 2], [2, 1, 2], [1, 3, 1], [4, 4, 1], [3, 2, 1], [1, 2, 2], [4, 1, 1], [4, 2, 1]]
14	1795727768	1795727768727040	7	7	[[1, 1, 7]]
10	1795727776	1795727776496363	3	6	[[2, 1, 3]]
12	1795727778	1795727778091126	1	1	[[2, 1, 1]]
9	1795727778	1795727778247889	5	7	[[1, 1, 4], [2, 1, 1]]
14	1795727780	1795727780353103	8	8	[[1, 1, 7], [1, 2, 1], [2, 1, 1]]
13	1795727780	1795727780370966	4	4	[[1, 1, 3], [2, 1, 1]]
6	1795727780	1795727780339051	4	4	\N
\.


--
-- Data for Name: seals; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.seals (poll_id, final_seq, document, sealed_at, broken_at) FROM stdin;
7	1795727769811465	{"closed_seq":1795727769811465,"counts":{"accepted":7,"counted":7,"rejected":{},"replaced":0,"withdrawn":0},"format":"votify-seal-1","ledger":{"ballots":7,"sha256":"92369ee0280488974621a9b42adf8f12ea85a35001e7dd113183fc2184ed869c"},"poll":{"change":true,"closes_at":"2026-11-26T21:16:08.998263Z","code":"S7FHMF","id":7,"identity":"declared","image":"1a8d4c48814b62669273e736ce4c59e4","kind":"ranked","max_choices":4,"min_choices":1,"opens_at":"2026-11-26T21:16:04.742382Z","options":[{"id":1,"image":null,"text":"Ada"},{"id":2,"image":null,"text":"Blaise"},{"id":3,"image":null,"text":"Charles"},{"id":4,"image":null,"text":"Dorothy"}],"question":"Which name shall it have?","revision":3,"slug":"which-name-shall-it-have","visibility":"always"},"previous":[],"public_key":"66a3765f3070ce537047754facc27f2c230b64e2c9fe646b327c3baa779c5bf6","result":{"ballots":7,"options":[{"id":1,"places":[2,2,1,0],"points":11,"share":0.2857,"text":"Ada","votes":2},{"id":2,"places":[2,3,0,0],"points":12,"share":0.2857,"text":"Blaise","votes":2},{"id":3,"places":[2,1,1,0],"points":9,"share":0.2857,"text":"Charles","votes":2},{"id":4,"places":[1,1,0,1],"points":5,"share":0.1429,"text":"Dorothy","votes":1}],"rounds":[{"elected":null,"exhausted":0,"out":[4],"votes":[{"id":1,"votes":2},{"id":2,"votes":2},{"id":3,"votes":2},{"id":4,"votes":1}]},{"elected":null,"exhausted":0,"out":[3],"votes":[{"id":1,"votes":2},{"id":2,"votes":3},{"id":3,"votes":2}]},{"elected":2,"exhausted":0,"out":[],"votes":[{"id":1,"votes":3},{"id":2,"votes":4}]}]},"sealed_at":"2026-11-26T21:16:10.769488Z","signature":"b217dad1b979464fa048ef862214093f34e264939f84d829eaa362e7e8dea130b16db818c128e017e8d25a05fa0a2778c4d4c2004bfb229d1e4045a48b58d701"}\n	2026-11-26 21:16:10.769488+00	\N
11	1795727773225490	{"closed_seq":1795727773225490,"counts":{"accepted":3,"counted":3,"rejected":{},"replaced":0,"withdrawn":0},"format":"votify-seal-1","ledger":{"ballots":3,"sha256":"0ef9074367181dd46f173cea98989b286538555b18dcbd46345ebb6c3452d57a"},"poll":{"change":true,"closes_at":"2026-11-26T21:16:13.029219Z","code":"Z6VUMK","id":11,"identity":"declared","image":null,"kind":"single","max_choices":1,"min_choices":1,"opens_at":"2026-11-26T21:16:04.991063Z","options":[{"id":1,"image":null,"text":"Yes"},{"id":2,"image":null,"text":"No"}],"question":"Did it rain?","revision":3,"slug":"did-it-rain","visibility":"always"},"previous":[],"public_key":"66a3765f3070ce537047754facc27f2c230b64e2c9fe646b327c3baa779c5bf6","result":{"ballots":3,"options":[{"id":1,"share":0.6667,"text":"Yes","votes":2},{"id":2,"share":0.3333,"text":"No","votes":1}]},"sealed_at":"2026-11-26T21:16:13.939973Z","signature":"6880b5540690ac83c4962d792c07934563baca40dcca1227afb4da71143b4e4cd4c79348268f490a6f8102b0fbe6498be73769085b446d680a1f64fc9f3fa203"}\n	2026-11-26 21:16:13.939973+00	\N
12	1795727775627131	{"closed_seq":1795727775627131,"counts":{"accepted":3,"counted":3,"rejected":{},"replaced":0,"withdrawn":0},"format":"votify-seal-1","ledger":{"ballots":3,"sha256":"d8446fc616b3b610a44b6fe91013ff6a0b0b8d4123e268f6efdfe1341dbd8dae"},"poll":{"change":true,"closes_at":"2026-11-26T21:16:14.993837Z","code":"P8VFUQ","id":12,"identity":"declared","image":null,"kind":"single","max_choices":1,"min_choices":1,"opens_at":"2026-11-26T21:16:04.794960Z","options":[{"id":1,"image":null,"text":"Yes"},{"id":2,"image":null,"text":"No"}],"question":"Was that a trial?","revision":3,"slug":"was-that-a-trial","visibility":"always"},"previous":[],"public_key":"66a3765f3070ce537047754facc27f2c230b64e2c9fe646b327c3baa779c5bf6","result":{"ballots":3,"options":[{"id":1,"share":0.6667,"text":"Yes","votes":2},{"id":2,"share":0.3333,"text":"No","votes":1}]},"sealed_at":"2026-11-26T21:16:15.965841Z","signature":"35c209de3ffb8be968adb569edce81bc2c5a29955297abc8990ded1c71d890c332b24f5a1950dee0ea9349ba14887ce84459e0a88bc8ada5bf1010fc0ec7e10f"}\n	2026-11-26 21:16:15.965841+00	2026-11-26 21:16:16.085226+00
9	1795727774368464	{"closed_seq":1795727774368464,"counts":{"accepted":6,"counted":4,"rejected":{},"replaced":1,"withdrawn":1},"format":"votify-seal-1","ledger":{"ballots":6,"sha256":"66c653671fe5bc4ceeb6e8efb3ec5f8d7542cda45589359559e87a8be5f574c0"},"poll":{"change":true,"closes_at":"2026-11-26T21:16:13.993513Z","code":"NTBF8K","id":9,"identity":"cookie","image":null,"kind":"single","max_choices":1,"min_choices":1,"opens_at":"2026-11-26T21:16:04.866821Z","options":[{"id":1,"image":null,"text":"Yes"},{"id":2,"image":null,"text":"No"}],"question":"Shall we paint the hall?","revision":3,"slug":"shall-we-paint-the-hall","visibility":"always"},"previous":[],"public_key":"66a3765f3070ce537047754facc27f2c230b64e2c9fe646b327c3baa779c5bf6","result":{"ballots":4,"options":[{"id":1,"share":1.0,"text":"Yes","votes":4},{"id":2,"share":0.0,"text":"No","votes":0}]},"sealed_at":"2026-11-26T21:16:14.954350Z","signature":"5802922449daa320795ee1f2ff5cc4631c3d85ff12589f75475d2d64778ac34f97fdbd589b67dfa387c63aa9668f780e76679f87475061ba2b5e06f3084f1c0e"}\n	2026-11-26 21:16:14.95435+00	2026-11-26 21:16:16.44122+00
10	1795727777114088	{"closed_seq":1795727777114088,"counts":{"accepted":6,"counted":3,"rejected":{},"replaced":2,"withdrawn":1},"format":"votify-seal-1","ledger":{"ballots":6,"sha256":"fc78b30866207850c7097a09f52a60df2ec85fb91562107f17983e284499bbe9"},"poll":{"change":true,"closes_at":"2026-11-26T21:16:16.521226Z","code":"62G479","id":10,"identity":"declared","image":null,"kind":"single","max_choices":1,"min_choices":1,"opens_at":"2026-11-26T21:16:05.021758Z","options":[{"id":1,"image":null,"text":"Yes"},{"id":2,"image":null,"text":"No"}],"question":"Tea or coffee?","revision":5,"slug":"tea-or-coffee","visibility":"always"},"previous":[{"broken_at":"2026-11-26T21:16:16.370181Z","sealed_at":"2026-11-26T21:16:12.915454Z","sha256":"83e4bae09992a90ed8d01198f4c051fe5afc0be32f5aa1b1440cd50130a0f176"}],"public_key":"66a3765f3070ce537047754facc27f2c230b64e2c9fe646b327c3baa779c5bf6","result":{"ballots":3,"options":[{"id":1,"share":0.0,"text":"Yes","votes":0},{"id":2,"share":1.0,"text":"No","votes":3}]},"sealed_at":"2026-11-26T21:16:17.996392Z","signature":"5ca71186af618a32560826bb9fd1cf391300fb028ce0efe19fe824a7412a4f0a643d3f2ff9c10abf65191f7b8a160fe94547c66f6e98ca962c52ee262a7fda06"}\n	2026-11-26 21:16:17.996392+00	\N
10	1795727772074786	{"closed_seq":1795727772074786,"counts":{"accepted":5,"counted":2,"rejected":{},"replaced":2,"withdrawn":1},"format":"votify-seal-1","ledger":{"ballots":5,"sha256":"ea4b5e998b0156d8eb7f180fe408ef08cc1d0e1a83dbfa9cae8bd42006b414d1"},"poll":{"change":true,"closes_at":"2026-11-26T21:16:10.883864Z","code":"62G479","id":10,"identity":"declared","image":null,"kind":"single","max_choices":1,"min_choices":1,"opens_at":"2026-11-26T21:16:05.021758Z","options":[{"id":1,"image":null,"text":"Yes"},{"id":2,"image":null,"text":"No"}],"question":"Tea or coffee?","revision":3,"slug":"tea-or-coffee","visibility":"always"},"previous":[],"public_key":"66a3765f3070ce537047754facc27f2c230b64e2c9fe646b327c3baa779c5bf6","result":{"ballots":2,"options":[{"id":1,"share":0.0,"text":"Yes","votes":0},{"id":2,"share":1.0,"text":"No","votes":2}]},"sealed_at":"2026-11-26T21:16:12.915454Z","signature":"77f38bff633b917856cef91bba5f23ea0c58c873e4ec0e35e878d6a81521350e7cc10d176d5e3a99a6a90f2a8deadb3a4a635c2dff3933a14f757379499c7a07"}\n	2026-11-26 21:16:12.915454+00	2026-11-26 21:16:16.370181+00
\.


--
-- Data for Name: sessions; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.sessions (hash, organiser_id, created_at, seen_at, device) FROM stdin;
\\xa5f0ad95aae647ddfb93932b443a335362af0fa602856df3645496668d220a7f	1	2026-11-26 21:15:58.261003+00	2026-11-26 21:15:58.261003+00	python-httpx/0.28.1
\\xd4cd9003c7588e347d1bc10a5da409befbba4204ad145ef06f3b8e05cb20aed9	1	2026-11-26 21:16:00.129177+00	2026-11-26 21:16:00.129177+00	Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0
\\x450d46d06ff3da53af75c1e1a07524e5274673e7003a4f27b8abbca75377dba3	2	2026-11-26 21:16:02.551166+00	2026-11-26 21:16:02.551166+00	python-httpx/0.28.1
\.


--
-- Data for Name: standings; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.standings (poll_id, ballots, version, final_seq, cast_ballots, last_seq) FROM stdin;
1	0	1	\N	0	\N
15	0	15	\N	0	\N
16	0	16	\N	0	\N
17	0	17	\N	0	\N
3	5	34	\N	5	1795727767924353
5	5	38	\N	6	1795727768115071
8	3	42	\N	3	1795727768293858
2	3	61	\N	3	1795727768464587
4	6	77	\N	7	1795727768977346
7	7	79	1795727769811465	7	1795727768721412
11	3	83	1795727773225490	3	1795727768418085
10	3	93	1795727777114088	6	1795727776496363
12	1	94	\N	1	1795727778091126
9	5	95	\N	7	1795727778247889
14	8	96	\N	8	1795727780353103
13	4	97	\N	4	1795727780370966
6	4	98	\N	4	1795727780339051
\.


--
-- Data for Name: tallies; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.tallies (poll_id, option_id, value, count) FROM stdin;
3	3	1	1
3	1	1	2
5	3	1	2
3	2	1	2
4	1	1	3
5	2	1	3
5	1	1	4
9	1	1	4
8	1	1	1
8	2	1	2
4	2	1	3
11	1	1	2
6	1	3	2
2	1	1	2
6	2	5	3
6	1	4	1
11	2	1	1
13	2	1	1
2	2	1	1
10	1	1	0
7	3	3	1
7	1	3	1
7	4	4	1
7	3	2	1
7	3	1	2
7	2	2	3
7	4	1	1
7	4	2	1
7	1	1	2
7	2	1	2
14	1	1	7
7	1	2	2
10	2	1	3
12	2	1	1
9	2	1	1
6	1	2	1
14	1	2	1
13	1	1	3
6	2	3	1
14	2	1	1
\.


--
-- Data for Name: tokens; Type: TABLE DATA; Schema: public; Owner: votify
--

COPY public.tokens (id, organiser_id, name, scopes, hash, created_at, used_at, revoked_at) FROM stdin;
2	1	tests, vote-for	{vote-for}	\\xa17b33803c6ecd39715fe56922b781f9c29b7bdbc35c543c702af7000ce50470	2026-11-26 21:15:58.319233+00	\N	\N
1	1	tests	{polls}	\\x16ca3ad991075ad789f72e6089c5fcd9d0887067d92fb87fc2607abe1d9a1579	2026-11-26 21:15:58.303284+00	2026-11-26 21:16:01.376784+00	\N
3	1	revoked	{polls}	\\x136647de41c7f7bae8c819a4de80230702fcb6b656da4a0d49e881b7afb0cd37	2026-11-26 21:16:01.384675+00	\N	2026-11-26 21:16:01.400755+00
5	2	tests, vote-for	{vote-for}	\\x9c25c33d42626b19f28c91a017f38f9de7708607044ca42fd828610b997d8f16	2026-11-26 21:16:02.618044+00	\N	\N
4	2	tests	{polls}	\\x9bff63c146ca1fcacd99c1311dc7b6718f1aabe2172e77561318102a432a9143	2026-11-26 21:16:02.577811+00	2026-11-26 21:16:02.926239+00	\N
\.


--
-- Name: organisers_id_seq; Type: SEQUENCE SET; Schema: public; Owner: votify
--

SELECT pg_catalog.setval('public.organisers_id_seq', 2, true);


--
-- Name: polls_id_seq; Type: SEQUENCE SET; Schema: public; Owner: votify
--

SELECT pg_catalog.setval('public.polls_id_seq', 17, true);


--
-- Name: standing_version; Type: SEQUENCE SET; Schema: public; Owner: votify
--

SELECT pg_catalog.setval('public.standing_version', 98, true);


--
-- Name: tokens_id_seq; Type: SEQUENCE SET; Schema: public; Owner: votify
--

SELECT pg_catalog.setval('public.tokens_id_seq', 5, true);


--
-- Name: ballots ballots_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.ballots
    ADD CONSTRAINT ballots_pkey PRIMARY KEY (poll_id, voter, seq);


--
-- Name: codes codes_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.codes
    ADD CONSTRAINT codes_pkey PRIMARY KEY (poll_id, number);


--
-- Name: codes codes_poll_id_code_key; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.codes
    ADD CONSTRAINT codes_poll_id_code_key UNIQUE (poll_id, code);


--
-- Name: idempotency_keys idempotency_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (organiser_id, key);


--
-- Name: images images_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_pkey PRIMARY KEY (name);


--
-- Name: migrations migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (number);


--
-- Name: options options_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.options
    ADD CONSTRAINT options_pkey PRIMARY KEY (poll_id, id);


--
-- Name: organisers organisers_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.organisers
    ADD CONSTRAINT organisers_pkey PRIMARY KEY (id);


--
-- Name: polls polls_code_key; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.polls
    ADD CONSTRAINT polls_code_key UNIQUE (code);


--
-- Name: polls polls_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.polls
    ADD CONSTRAINT polls_pkey PRIMARY KEY (id);


--
-- Name: polls polls_slug_key; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.polls
    ADD CONSTRAINT polls_slug_key UNIQUE (slug);


--
-- Name: refusals refusals_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.refusals
    ADD CONSTRAINT refusals_pkey PRIMARY KEY (poll_id, seq);


--
-- Name: salts salts_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.salts
    ADD CONSTRAINT salts_pkey PRIMARY KEY (poll_id);


--
-- Name: samples samples_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.samples
    ADD CONSTRAINT samples_pkey PRIMARY KEY (poll_id, second);


--
-- Name: seals seals_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.seals
    ADD CONSTRAINT seals_pkey PRIMARY KEY (poll_id, final_seq);


--
-- Name: sessions sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (hash);


--
-- Name: standings standings_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.standings
    ADD CONSTRAINT standings_pkey PRIMARY KEY (poll_id);


--
-- Name: tallies tallies_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.tallies
    ADD CONSTRAINT tallies_pkey PRIMARY KEY (poll_id, option_id, value);


--
-- Name: tokens tokens_hash_key; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_hash_key UNIQUE (hash);


--
-- Name: tokens tokens_pkey; Type: CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (id);


--
-- Name: options_by_image; Type: INDEX; Schema: public; Owner: votify
--

CREATE INDEX options_by_image ON public.options USING btree (image);


--
-- Name: organisers_by_name; Type: INDEX; Schema: public; Owner: votify
--

CREATE UNIQUE INDEX organisers_by_name ON public.organisers USING btree (lower(name));


--
-- Name: polls_by_image; Type: INDEX; Schema: public; Owner: votify
--

CREATE INDEX polls_by_image ON public.polls USING btree (image);


--
-- Name: polls_of; Type: INDEX; Schema: public; Owner: votify
--

CREATE INDEX polls_of ON public.polls USING btree (owner_id);


--
-- Name: sessions_of; Type: INDEX; Schema: public; Owner: votify
--

CREATE INDEX sessions_of ON public.sessions USING btree (organiser_id);


--
-- Name: standings_by_version; Type: INDEX; Schema: public; Owner: votify
--

CREATE UNIQUE INDEX standings_by_version ON public.standings USING btree (version);


--
-- Name: tokens_of; Type: INDEX; Schema: public; Owner: votify
--

CREATE INDEX tokens_of ON public.tokens USING btree (organiser_id);


--
-- Name: polls salt_poll; Type: TRIGGER; Schema: public; Owner: votify
--

CREATE TRIGGER salt_poll AFTER INSERT ON public.polls FOR EACH ROW EXECUTE FUNCTION public.salt_poll();


--
-- Name: ballots ballots_poll_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.ballots
    ADD CONSTRAINT ballots_poll_id_fkey FOREIGN KEY (poll_id) REFERENCES public.polls(id) ON DELETE CASCADE;


--
-- Name: codes codes_poll_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.codes
    ADD CONSTRAINT codes_poll_id_fkey FOREIGN KEY (poll_id) REFERENCES public.polls(id) ON DELETE CASCADE;


--
-- Name: idempotency_keys idempotency_keys_organiser_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_organiser_id_fkey FOREIGN KEY (organiser_id) REFERENCES public.organisers(id) ON DELETE CASCADE;


--
-- Name: images images_owner_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.organisers(id) ON DELETE SET NULL;


--
-- Name: options options_image_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.options
    ADD CONSTRAINT options_image_fkey FOREIGN KEY (image) REFERENCES public.images(name);


--
-- Name: options options_poll_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.options
    ADD CONSTRAINT options_poll_id_fkey FOREIGN KEY (poll_id) REFERENCES public.polls(id) ON DELETE CASCADE;


--
-- Name: polls polls_image_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.polls
    ADD CONSTRAINT polls_image_fkey FOREIGN KEY (image) REFERENCES public.images(name);


--
-- Name: polls polls_owner_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.polls
    ADD CONSTRAINT polls_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.organisers(id) ON DELETE SET NULL;


--
-- Name: refusals refusals_poll_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.refusals
    ADD CONSTRAINT refusals_poll_id_fkey FOREIGN KEY (poll_id) REFERENCES public.polls(id) ON DELETE CASCADE;


--
-- Name: salts salts_poll_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.salts
    ADD CONSTRAINT salts_poll_id_fkey FOREIGN KEY (poll_id) REFERENCES public.polls(id) ON DELETE CASCADE;


--
-- Name: samples samples_poll_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.samples
    ADD CONSTRAINT samples_poll_id_fkey FOREIGN KEY (poll_id) REFERENCES public.polls(id) ON DELETE CASCADE;


--
-- Name: seals seals_poll_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.seals
    ADD CONSTRAINT seals_poll_id_fkey FOREIGN KEY (poll_id) REFERENCES public.polls(id) ON DELETE CASCADE;


--
-- Name: sessions sessions_organiser_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_organiser_id_fkey FOREIGN KEY (organiser_id) REFERENCES public.organisers(id) ON DELETE CASCADE;


--
-- Name: standings standings_poll_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.standings
    ADD CONSTRAINT standings_poll_id_fkey FOREIGN KEY (poll_id) REFERENCES public.polls(id) ON DELETE CASCADE;


--
-- Name: tallies tallies_poll_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.tallies
    ADD CONSTRAINT tallies_poll_id_fkey FOREIGN KEY (poll_id) REFERENCES public.polls(id) ON DELETE CASCADE;


--
-- Name: tokens tokens_organiser_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: votify
--

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_organiser_id_fkey FOREIGN KEY (organiser_id) REFERENCES public.organisers(id) ON DELETE CASCADE;


--
-- Name: FUNCTION purge_ballots(days integer); Type: ACL; Schema: public; Owner: votify
--

REVOKE ALL ON FUNCTION public.purge_ballots(days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.purge_ballots(days integer) TO votify_worker;


--
-- Name: FUNCTION reopen_poll(wanted integer); Type: ACL; Schema: public; Owner: votify
--

REVOKE ALL ON FUNCTION public.reopen_poll(wanted integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.reopen_poll(wanted integer) TO votify_admin;


--
-- Name: FUNCTION reset_poll(wanted integer); Type: ACL; Schema: public; Owner: votify
--

REVOKE ALL ON FUNCTION public.reset_poll(wanted integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.reset_poll(wanted integer) TO votify_admin;


--
-- Name: FUNCTION salt_poll(); Type: ACL; Schema: public; Owner: votify
--

REVOKE ALL ON FUNCTION public.salt_poll() FROM PUBLIC;


--
-- Name: TABLE ballots; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT,INSERT ON TABLE public.ballots TO votify_worker;
GRANT SELECT ON TABLE public.ballots TO votify_result;


--
-- Name: TABLE codes; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.codes TO votify_admin;
GRANT SELECT ON TABLE public.codes TO votify_worker;


--
-- Name: TABLE idempotency_keys; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_keys TO votify_admin;


--
-- Name: TABLE images; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.images TO votify_admin;


--
-- Name: TABLE options; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT ON TABLE public.options TO votify_worker;
GRANT SELECT ON TABLE public.options TO votify_result;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.options TO votify_admin;


--
-- Name: TABLE organisers; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.organisers TO votify_admin;


--
-- Name: COLUMN organisers.id; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT(id) ON TABLE public.organisers TO votify_worker;


--
-- Name: COLUMN organisers.role; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT(role) ON TABLE public.organisers TO votify_worker;


--
-- Name: COLUMN organisers.disabled; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT(disabled) ON TABLE public.organisers TO votify_worker;


--
-- Name: TABLE polls; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT ON TABLE public.polls TO votify_worker;
GRANT SELECT ON TABLE public.polls TO votify_result;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.polls TO votify_admin;


--
-- Name: COLUMN polls.closed; Type: ACL; Schema: public; Owner: votify
--

GRANT UPDATE(closed) ON TABLE public.polls TO votify_worker;


--
-- Name: TABLE pseudonymous_ballots; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT ON TABLE public.pseudonymous_ballots TO votify_admin;
GRANT SELECT ON TABLE public.pseudonymous_ballots TO votify_worker;


--
-- Name: TABLE refusals; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT ON TABLE public.refusals TO votify_admin;
GRANT SELECT,INSERT ON TABLE public.refusals TO votify_worker;


--
-- Name: TABLE samples; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.samples TO votify_worker;
GRANT SELECT ON TABLE public.samples TO votify_result;


--
-- Name: TABLE seals; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT ON TABLE public.seals TO votify_admin;
GRANT SELECT,INSERT ON TABLE public.seals TO votify_worker;
GRANT SELECT ON TABLE public.seals TO votify_result;


--
-- Name: TABLE sessions; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO votify_admin;


--
-- Name: SEQUENCE standing_version; Type: ACL; Schema: public; Owner: votify
--

GRANT USAGE ON SEQUENCE public.standing_version TO votify_worker;
GRANT USAGE ON SEQUENCE public.standing_version TO votify_admin;


--
-- Name: TABLE standings; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.standings TO votify_worker;
GRANT SELECT ON TABLE public.standings TO votify_result;
GRANT SELECT,INSERT ON TABLE public.standings TO votify_admin;


--
-- Name: TABLE tallies; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.tallies TO votify_worker;
GRANT SELECT ON TABLE public.tallies TO votify_result;
GRANT SELECT ON TABLE public.tallies TO votify_admin;


--
-- Name: TABLE tokens; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tokens TO votify_admin;
GRANT SELECT ON TABLE public.tokens TO votify_worker;


--
-- Name: TABLE used_codes; Type: ACL; Schema: public; Owner: votify
--

GRANT SELECT ON TABLE public.used_codes TO votify_admin;


--
-- PostgreSQL database dump complete
--

\unrestrict jVvkLmXTsAZfTbEZIXvYwHXd2UwJSvAGL1jk7eZYZuUnSTEna9BtsDF9hYUNTQt

