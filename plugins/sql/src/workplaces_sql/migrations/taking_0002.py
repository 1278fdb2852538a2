"""The function of PostgreSQL that takes in one statement, as version 0002 of the schema has it: few, cheap statements.

It does as `workplaces_core.work.leases.take` in the common case, and says -1 where there is more to do: the user has a
lease or the key an answer, or what looks free has a lease that expired, a transfer that is open or a skip. It says 0
where nothing was free, else the place of the task that was taken, its fence and its moment; and in both cases who has
which of the tasks. What somebody just has in hand is passed over instead of waited for. Under READ COMMITTED each
statement inside sees what was committed before it began; so what is looked at after a name is held is current.

Candidates come as two arrays, their ids and the numbers of their names, and as two lists in one text each, of which
only the entry of the one that is taken is looked at: the task as it was, and what to write down of it (role, priority,
the decision up to where it goes on, steps, the answer to the key with marks in it). Lists are divided by U+001E, what
to write down by U+001D, and U+001C alone is missing.
"""

TAKE_FIRST = r"""
CREATE FUNCTION wp_take_first(
    p_at bigint, p_user text, p_key text, p_lease_for bigint, p_all bigint, p_user_name bigint, p_passed text,
    p_ids text[], p_names bigint[], p_texts text, p_rests text
) RETURNS text LANGUAGE plpgsql AS $take$
DECLARE
    v_since bigint;
    v_is_held boolean;
    v_leased text[];
    v_others text;
    v_rest text[];
    v_passed text := p_passed;
    v_fence bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(p_all), pg_advisory_xact_lock(p_user_name);
    v_since := coalesce(p_at, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
    -- Most of those that others took meanwhile are seen so. Whatever looks free is then looked at alone.
    SELECT EXISTS (SELECT FROM wp_lease WHERE user_id = p_user), array_agg(l.task_id),
           string_agg(l.task_id || E'\x1d' || l.user_id || E'\x1d' || l.since || E'\x1d' || l.expires, E'\x1e')
      INTO v_is_held, v_leased, v_others
      FROM wp_lease l WHERE l.task_id = ANY (p_ids) AND l.expires > v_since;
    IF v_is_held THEN
        RETURN '-1';
    END IF;
    IF p_key IS NOT NULL AND EXISTS (SELECT FROM wp_answer WHERE user_id = p_user AND key = p_key) THEN
        RETURN '-1';
    END IF;
    FOR i IN 1 .. cardinality(p_ids) LOOP
        CONTINUE WHEN p_ids[i] = ANY (v_leased) OR NOT pg_try_advisory_xact_lock(p_names[i]);
        v_rest := string_to_array(split_part(p_rests, E'\x1e', i), E'\x1d', E'\x1c');
        IF i > 1 THEN
            v_passed := concat_ws(',', nullif(p_passed, ''), btrim(array_to_json(p_ids[1:i - 1])::text, '[]'));
        END IF;
        WITH free AS MATERIALIZED (
            SELECT nextval('wp_fence_seq') AS fence, nextval('wp_write_seq') AS number, v_since + p_lease_for AS expires
             WHERE (SELECT t.value FROM wp_entity t WHERE t.kind = 'task' AND t.id = p_ids[i])
                   = split_part(p_texts, E'\x1e', i)
               AND (SELECT l.fence FROM wp_lease l WHERE l.task_id = p_ids[i]) IS NULL
               AND (SELECT min(g.id) FROM wp_saga g WHERE g.task_id = p_ids[i] AND g.state = 'transferring') IS NULL
               AND (SELECT s.value FROM wp_entity s WHERE s.kind = 'skip' AND s.id = p_ids[i] || '/' || p_user) IS NULL
        ), leased AS (
            INSERT INTO wp_lease (task_id, user_id, fence, since, expires, role, priority, number)
            SELECT p_ids[i], p_user, f.fence, v_since, f.expires, v_rest[1], v_rest[2], f.number FROM free f
        ), told AS (
            INSERT INTO wp_journal (number, kind, id, at) SELECT f.number, 'lease', p_ids[i], v_since FROM free f
        )
        INSERT INTO wp_log (number, at, event, user_id, task_id, fence, details)
        SELECT nextval('wp_record_seq'), v_since, 'taken', p_user, p_ids[i], f.fence,
               v_rest[3] || '"passed_over":[' || v_passed || '],"expires":"'
               || to_char(to_timestamp(f.expires / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
               || CASE WHEN mod(f.expires, 1000000) = 0 THEN ''
                  ELSE '.' || lpad(mod(f.expires, 1000000)::text, 6, '0') END || 'Z"}'
          FROM free f
        RETURNING fence INTO v_fence;
        IF v_fence IS NOT NULL THEN
            IF v_rest[4] IS NOT NULL THEN
                INSERT INTO wp_saga (id, kind, task_id, user_id, fence, steps, state, started, attempts)
                VALUES (nextval('wp_saga_seq'), 'transfer', p_ids[i], p_user, v_fence, v_rest[4], 'transferring',
                        v_since, 0);
            END IF;
            IF p_key IS NOT NULL THEN
                INSERT INTO wp_answer (user_id, key, answer, at)
                VALUES (p_user, p_key, replace(replace(replace(v_rest[5],
                        '"fence":-1', '"fence":' || v_fence),
                        '"since":"1970-01-01T00:00:00Z"', '"since":"' || wp_instant(v_since) || '"'),
                        '"expires":"1970-01-01T00:00:00Z"',
                        '"expires":"' || wp_instant(v_since + p_lease_for) || '"'), v_since);
            END IF;
            RETURN i || E'\x1e' || v_fence || E'\x1e' || v_since || E'\x1e' || coalesce(v_others, '');
        END IF;
        IF EXISTS (SELECT FROM wp_saga g WHERE g.task_id = p_ids[i] AND g.state = 'transferring')
           OR EXISTS (SELECT FROM wp_lease l WHERE l.task_id = p_ids[i] AND l.expires <= v_since)
           OR EXISTS (SELECT FROM wp_entity s WHERE s.kind = 'skip' AND s.id = p_ids[i] || '/' || p_user
                         AND s.value IS NOT NULL) THEN
            RETURN '-1';
        END IF;
        -- It was taken or changed: the next one. Names that are held without need are given back soon.
    END LOOP;
    RETURN '0' || E'\x1e\x1e\x1e' || coalesce(v_others, '');
END
$take$
"""
