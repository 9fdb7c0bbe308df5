-- Who may not audit or decide where, read from what the portal holds. The services ask the same functions.

-- Why these people may not judge this MDA: a membership or a posting there, below it, in an MDA that it took over, or at one of the
-- centres; sessions taught to its officers; engagements. `months` before the first day until the last day count. A unit counts for
-- as long as it reported to the MDA, one that reports to it on the first day for the whole time.
CREATE FUNCTION standards_interests(people bigint[], mda bigint, places bigint[], first date, last date, months integer)
RETURNS TABLE (user_id bigint, code text, organisation_id bigint, centre_id bigint, since date, until date) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE span(days) AS (SELECT daterange((first - make_interval(months => months))::date, last, '[]')),
    line(upper_id, lower_id, during) AS (
        SELECT parent_id, organisation_id, during FROM centres_reportingline
        UNION ALL SELECT successor_id, predecessor_id, daterange(NULL, NULL) FROM centres_succession
    ),
    tree(id, days) AS (
        SELECT mda, days FROM span
        UNION
        SELECT l.lower_id, CASE WHEN l.during @> first THEN t.days ELSE l.during * t.days END
        FROM line l JOIN tree t ON l.upper_id = t.id WHERE l.during && t.days
    ),
    held AS (
        SELECT m.user_id, 'membership' AS code, m.organisation_id, m.centre_id, NULL::bigint AS host_id, m.during
        FROM centres_membership m WHERE m.user_id = ANY (people)
        UNION ALL
        SELECT o.user_id, 'posting', p.organisation_id, p.centre_id, p.host_id, p.during
        FROM centres_officer o JOIN centres_posting p ON p.officer_id = o.id WHERE o.user_id = ANY (people)
        UNION ALL
        SELECT e.user_id, e.kind, e.organisation_id, e.centre_id, NULL, e.during
        FROM standards_engagement e WHERE e.user_id = ANY (people)
    )
    SELECT h.user_id, h.code, h.organisation_id, h.centre_id, lower(h.during), upper(h.during)
    FROM held h CROSS JOIN span
    WHERE h.during && span.days AND (
        h.centre_id = ANY (places)
        OR EXISTS (SELECT 1 FROM tree t WHERE t.id IN (h.organisation_id, h.host_id) AND h.during && t.days)
    )
    UNION ALL
    SELECT c.user_id, 'taught', e.organisation_id, NULL, min(held.day), max(held.day) + 1
    FROM training_cohorttrainer c
    JOIN training_cohort k ON k.id = c.cohort_id AND k.state <> 'cancelled'
    JOIN training_cohortsession s ON s.cohort_id = c.cohort_id AND s.cancelled_at IS NULL
    CROSS JOIN LATERAL (SELECT (s.starts_at AT TIME ZONE 'Africa/Nairobi')::date AS day) held
    JOIN training_enrolment e ON e.cohort_id = c.cohort_id AND e.state IN ('approved', 'confirmed', 'completed', 'not_completed')
    CROSS JOIN span
    WHERE c.user_id = ANY (people) AND span.days @> held.day AND (
        EXISTS (SELECT 1 FROM tree t WHERE t.id = e.organisation_id AND t.days @> held.day)
        OR EXISTS (SELECT 1 FROM centres_posting p WHERE p.officer_id = e.officer_id AND p.centre_id = ANY (places) AND p.during @> held.day)
    )
    GROUP BY c.user_id, e.organisation_id
$$;

-- The first day on which each of these people held none of these courses' certificates; no row: held throughout.
CREATE FUNCTION standards_uncovered(people bigint[], courses text[], first date, last date)
RETURNS TABLE (user_id bigint, day date) LANGUAGE sql STABLE AS $$
    SELECT p.id, lower(gaps.days) FROM unnest(people) AS p (id)
    CROSS JOIN LATERAL (
        SELECT datemultirange(daterange(first, last, '[]')) - coalesce(range_agg(daterange(c."on", least(c.until, c.withdrawn_on))), '{}') AS days
        FROM centres_officer o JOIN training_completion c ON c.officer_id = o.id
        JOIN training_courseversion v ON v.id = c.course_version_id JOIN training_course k ON k.id = v.course_id
        WHERE o.user_id = p.id AND k.code = ANY (courses) AND (c.withdrawn_on IS NULL OR c.withdrawn_on > c."on")
    ) gaps
    WHERE cardinality(courses) > 0 AND NOT isempty(gaps.days)
$$;

-- Who of these people led each of the last so many audits that certified this MDA, or this centre, before the day.
CREATE FUNCTION standards_led_last(people bigint[], mda bigint, place bigint, before date, cycles integer)
RETURNS TABLE (user_id bigint) LANGUAGE sql STABLE AS $$
    WITH past AS (
        SELECT a.id FROM standards_audit a
        WHERE (a.centre_id = place OR place IS NULL AND a.centre_id IS NULL AND a.organisation_id = mda) AND a.starts_on < before
            AND a.kind IN ('certification', 'recertification')
            AND EXISTS (SELECT 1 FROM standards_decision d WHERE d.audit_id = a.id AND d.outcome = 'certify')
        ORDER BY a.starts_on DESC, a.id DESC LIMIT cycles
    )
    SELECT m.user_id FROM standards_teammember m JOIN past ON past.id = m.audit_id
    WHERE m.is_lead AND m.user_id = ANY (people) GROUP BY m.user_id HAVING count(*) >= cycles
$$;

CREATE FUNCTION standards_assessor_courses(rules jsonb, who text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY(SELECT jsonb_array_elements_text(coalesce(rules -> 'assessors' -> who,
        CASE who WHEN 'lead' THEN '["CSE-SQA-02"]' ELSE '["CSE-SQA-01"]' END::jsonb)))
$$;

CREATE FUNCTION standards_places_of(audit bigint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT centre_id FROM standards_auditsite WHERE audit_id = audit AND centre_id IS NOT NULL)
$$;

-- A watch over a certification belongs to the cycle of the audit that led to it.
CREATE FUNCTION standards_cycle_began(audit bigint) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN a.kind IN ('certification', 'recertification') THEN a.starts_on ELSE coalesce((
        SELECT o.starts_on FROM standards_certification c JOIN standards_decision d ON d.id = c.decision_id
        JOIN standards_audit o ON o.id = d.audit_id WHERE c.id = a.certification_id), a.starts_on) END
    FROM standards_audit a WHERE a.id = audit
$$;

-- Who judges between two days has no interest in the MDA.
CREATE FUNCTION standards_refuse_interest(audit bigint, person bigint, upto date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
    SELECT i.code INTO found FROM standards_audit a JOIN standards_edition e ON e.id = a.edition_id
    CROSS JOIN LATERAL standards_interests(ARRAY[person], a.organisation_id, standards_places_of(a.id), a.starts_on,
        greatest(a.ends_on, upto), coalesce((e.rules ->> 'cooling_off_months')::int, 24)) i
    WHERE a.id = audit LIMIT 1;
    IF found IS NOT NULL THEN
        PERFORM standards_refuse(format('Whoever has, or lately had, an interest in an MDA neither audits nor decides there: %s.', found));
    END IF;
END $$;

CREATE FUNCTION standards_refuse_uncovered(audit bigint, person bigint, leads boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM standards_audit a JOIN standards_edition e ON e.id = a.edition_id
        CROSS JOIN LATERAL standards_uncovered(ARRAY[person], standards_assessor_courses(e.rules, 'member'), a.starts_on, a.ends_on)
        WHERE a.id = audit
    ) OR leads AND EXISTS (
        SELECT 1 FROM standards_audit a JOIN standards_edition e ON e.id = a.edition_id
        CROSS JOIN LATERAL standards_uncovered(ARRAY[person], standards_assessor_courses(e.rules, 'lead'), a.starts_on, a.ends_on)
        WHERE a.id = audit
    ) THEN
        PERFORM standards_refuse('An auditor holds a valid assessor certificate on every day of the audit, the lead auditor that of lead too.');
    END IF;
END $$;

CREATE FUNCTION standards_refuse_long_lead(audit bigint, person bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM standards_audit a JOIN standards_edition e ON e.id = a.edition_id
        CROSS JOIN LATERAL standards_led_last(ARRAY[person], a.organisation_id, a.centre_id, standards_cycle_began(a.id),
            coalesce((e.rules -> 'assessors' ->> 'lead_cycles')::int, 2))
        WHERE a.id = audit
    ) THEN
        PERFORM standards_refuse('The same auditor does not lead more cycles in a row than the edition allows.');
    END IF;
END $$;

CREATE FUNCTION standards_member_is_impartial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.audit_id, NEW.user_id) = (OLD.audit_id, OLD.user_id) AND NEW.is_lead <= OLD.is_lead THEN
        RETURN NEW;
    END IF;
    PERFORM standards_refuse_interest(NEW.audit_id, NEW.user_id, '-infinity');
    PERFORM standards_refuse_uncovered(NEW.audit_id, NEW.user_id, NEW.is_lead);
    IF NEW.is_lead THEN PERFORM standards_refuse_long_lead(NEW.audit_id, NEW.user_id); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER member_is_impartial BEFORE INSERT OR UPDATE ON standards_teammember
    FOR EACH ROW EXECUTE FUNCTION standards_member_is_impartial();

-- When the audit's days move, a centre is added or the audit is submitted, the team is asked again. Who declared an interest stays
-- on record and does nothing.
CREATE FUNCTION standards_team_is_impartial() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE member record; audit bigint := CASE TG_TABLE_NAME WHEN 'standards_audit' THEN to_jsonb(NEW) ->> 'id' ELSE to_jsonb(NEW) ->> 'audit_id' END;
BEGIN
    FOR member IN SELECT user_id, is_lead FROM standards_teammember WHERE audit_id = audit AND interest IS NOT TRUE LOOP
        PERFORM standards_refuse_interest(audit, member.user_id, '-infinity');
        PERFORM standards_refuse_uncovered(audit, member.user_id, member.is_lead);
        IF member.is_lead THEN PERFORM standards_refuse_long_lead(audit, member.user_id); END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER team_is_impartial AFTER UPDATE ON standards_audit FOR EACH ROW
    WHEN (OLD.starts_on <> NEW.starts_on OR OLD.ends_on <> NEW.ends_on OR OLD.state <> 'submitted' AND NEW.state = 'submitted')
    EXECUTE FUNCTION standards_team_is_impartial();
CREATE TRIGGER team_is_impartial AFTER INSERT OR UPDATE ON standards_auditsite FOR EACH ROW
    WHEN (NEW.centre_id IS NOT NULL) EXECUTE FUNCTION standards_team_is_impartial();

-- An element is rated by somebody who is an assessor that day.
CREATE FUNCTION standards_rated_by_assessors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (
            SELECT DISTINCT r.rated_by_id AS person, (r.rated_at AT TIME ZONE 'Africa/Nairobi')::date AS day
            FROM standards_rating r JOIN standards_auditsite s ON s.id = r.site_id WHERE s.audit_id = NEW.id AND r.rated_by_id IS NOT NULL
        ) rated
        JOIN standards_edition e ON e.id = NEW.edition_id
        CROSS JOIN LATERAL standards_uncovered(ARRAY[rated.person], standards_assessor_courses(e.rules, 'member'), rated.day, rated.day)
    ) THEN
        PERFORM standards_refuse('An element was rated by somebody without a valid assessor certificate on that day.');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rated_by_assessors AFTER UPDATE ON standards_audit FOR EACH ROW
    WHEN (OLD.state <> 'submitted' AND NEW.state = 'submitted') EXECUTE FUNCTION standards_rated_by_assessors();

CREATE FUNCTION standards_voter_is_impartial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.outcome <> 'interest' THEN
        PERFORM standards_refuse_interest(NEW.audit_id, NEW.user_id, (NEW.at AT TIME ZONE 'Africa/Nairobi')::date);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER voter_is_impartial BEFORE INSERT ON standards_panelvote FOR EACH ROW EXECUTE FUNCTION standards_voter_is_impartial();

CREATE FUNCTION standards_decider_is_impartial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM standards_refuse_interest(NEW.audit_id, NEW.decided_by_id, (NEW.decided_at AT TIME ZONE 'Africa/Nairobi')::date);
    RETURN NEW;
END $$;
CREATE TRIGGER decider_without_interest BEFORE INSERT ON standards_decision FOR EACH ROW EXECUTE FUNCTION standards_decider_is_impartial();
