"""The function of PostgreSQL that takes in one statement, as version 0001 of the schema has it.

It does as `workplaces_core.work.leases.take` in the common case, and gives chosen = -1 where there is more to do: the
user has a lease or the key an answer, a lease has expired, or an earlier transfer is still open. It gives chosen = 0
where nothing was free, with o_missed where somebody just had a task in hand, which it passes over instead of waiting.
Under READ COMMITTED each statement inside sees what was committed before it began; so what is looked at after a name is
held is current.

A candidate is a list: 0 task, 1 its name's number, 2 its text, 3 the key of the user's skip, 4 role, 5 priority,
6 the decision up to where it goes on, 7 steps, 8 the answer to the key with marks in it, 9 the task as JSON.
"""

TAKE = r"""
CREATE FUNCTION wp_take(
    p_at bigint, p_user text, p_key text, p_lease_for bigint, p_all bigint, p_user_name bigint, p_passed text,
    p_candidates json, OUT chosen integer,
    OUT o_fence bigint, OUT o_since bigint, OUT o_passed text, OUT o_missed boolean
) LANGUAGE plpgsql AS $take$
DECLARE
    v record;
    v_task text;
    v_until bigint;
    v_expires bigint;
    v_number bigint;
    v_same boolean;
    v_skip text;
    v_leased bigint;
    v_begun bigint;
    v_expires_text text;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(p_all), pg_advisory_xact_lock(p_user_name);
    o_since := coalesce(p_at, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
    o_missed := false;
    chosen := -1;
    IF EXISTS (SELECT FROM wp_lease WHERE user_id = p_user)
       OR (p_key IS NOT NULL AND EXISTS (SELECT FROM wp_answer WHERE user_id = p_user AND key = p_key)) THEN
        RETURN;
    END IF;
    -- All at once: most of those that others took meanwhile are seen so. Whatever looks free is then looked at alone.
    FOR v IN
        SELECT c.one, c.place
          FROM json_array_elements(p_candidates) WITH ORDINALITY AS c (one, place)
         WHERE (c.one ->> 2) = (SELECT t.value FROM wp_entity t WHERE t.kind = 'task' AND t.id = (c.one ->> 0))
           AND coalesce((SELECT l.expires FROM wp_lease l WHERE l.task_id = (c.one ->> 0)), 0) <= o_since
         ORDER BY c.place
    LOOP
        IF NOT pg_try_advisory_xact_lock((v.one ->> 1)::bigint) THEN
            o_missed := true;
            CONTINUE;
        END IF;
        v_task := v.one ->> 0;
        -- Looked up one by one, since a join is planned by what a table once was, and this one fills within minutes.
        SELECT (SELECT t.value FROM wp_entity t WHERE t.kind = 'task' AND t.id = v_task) = (v.one ->> 2),
               (SELECT s.value FROM wp_entity s WHERE s.kind = 'skip' AND s.id = (v.one ->> 3)),
               (SELECT l.expires FROM wp_lease l WHERE l.task_id = v_task),
               (SELECT min(g.id) FROM wp_saga g WHERE g.task_id = v_task AND g.state = 'transferring')
          INTO v_same, v_skip, v_leased, v_begun;
        CONTINUE WHEN v_same IS NOT TRUE OR v_leased > o_since;
        IF v_skip IS NOT NULL THEN
            v_until := (extract(epoch FROM (v_skip::json ->> 2)::timestamptz) * 1000000)::bigint;
            CONTINUE WHEN v_until > o_since;
        END IF;
        IF v_begun IS NOT NULL OR v_leased IS NOT NULL THEN
            RETURN;
        END IF;
        chosen := v.place;
        EXIT;
    END LOOP;
    o_passed := p_passed;
    IF chosen <> 1 THEN
        SELECT concat_ws(',', nullif(p_passed, ''), string_agg(c.one ->> 9, ',' ORDER BY c.place)) INTO o_passed
          FROM json_array_elements(p_candidates) WITH ORDINALITY AS c (one, place)
         WHERE chosen < 0 OR c.place < chosen;
    END IF;
    IF chosen < 0 THEN
        chosen := 0;
        RETURN;
    END IF;
    o_fence := nextval('wp_fence_seq');
    v_number := nextval('wp_write_seq');
    v_expires := o_since + p_lease_for;
    v_expires_text := wp_instant(v_expires);
    INSERT INTO wp_lease (task_id, user_id, fence, since, expires, role, priority, number)
    VALUES (v_task, p_user, o_fence, o_since, v_expires, v.one ->> 4, v.one ->> 5, v_number);
    INSERT INTO wp_journal (number, kind, id, at) VALUES (v_number, 'lease', v_task, o_since);
    INSERT INTO wp_log (number, at, event, user_id, task_id, fence, details)
    VALUES (nextval('wp_record_seq'), o_since, 'taken', p_user, v_task, o_fence,
            (v.one ->> 6) || '"passed_over":[' || o_passed || '],"expires":"' || v_expires_text || '"}');
    IF (v.one ->> 7) IS NOT NULL THEN
        INSERT INTO wp_saga (id, kind, task_id, user_id, fence, steps, state, started, attempts)
        VALUES (nextval('wp_saga_seq'), 'transfer', v_task, p_user, o_fence, v.one ->> 7, 'transferring', o_since, 0);
    END IF;
    IF p_key IS NOT NULL THEN
        INSERT INTO wp_answer (user_id, key, answer, at)
        VALUES (p_user, p_key, replace(replace(replace(v.one ->> 8,
                '"fence":-1', '"fence":' || o_fence),
                '"since":"1970-01-01T00:00:00Z"', '"since":"' || wp_instant(o_since) || '"'),
                '"expires":"1970-01-01T00:00:00Z"', '"expires":"' || v_expires_text || '"'), o_since);
    END IF;
END
$take$
"""

INSTANT = r"""
CREATE FUNCTION wp_instant(p_micros bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $instant$
    SELECT to_char(to_timestamp(p_micros / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
        || CASE WHEN mod(p_micros, 1000000) = 0 THEN ''
           ELSE '.' || lpad(mod(p_micros, 1000000)::text, 6, '0') END || 'Z'
$instant$
"""
