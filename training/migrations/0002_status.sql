-- The compliance status of every officer in post on a day (docs/architecture.md; the rule itself: training/compliance/rules.py).
-- ids: only these officers; null: all. due_on: the first day that counts as overdue. One pass, so that its cost stays linear.
CREATE FUNCTION training_status(day date, ids bigint[] DEFAULT NULL)
RETURNS TABLE (officer_id bigint, organisation_id bigint, cadre_id bigint, county_id bigint, status text, due_on date, lacking bigint[])
LANGUAGE sql STABLE AS $$
WITH RECURSIVE reach (requirement_id, organisation_id, during) AS (
    SELECT r.id, r.organisation_id, r.in_force FROM training_requirement r WHERE r.organisation_id IS NOT NULL
    UNION
    SELECT reach.requirement_id, l.organisation_id, reach.during * l.during
    FROM reach JOIN centres_reportingline l ON l.parent_id = reach.organisation_id AND l.during && reach.during
), scope (cadre_id, course_id, organisation_id, days, during) AS (
    SELECT cadre_id, course_id, NULL::bigint, due_within_days, in_force FROM training_requirement WHERE training_requirement.organisation_id IS NULL
    UNION ALL
    SELECT r.cadre_id, r.course_id, reach.organisation_id, r.due_within_days, reach.during FROM reach JOIN training_requirement r ON r.id = reach.requirement_id
), bound AS ( -- per officer and course that binds on the day: the days it has bound, the shortest grace
    SELECT p.officer_id, s.course_id, range_agg(p.during * s.during) AS days_bound,
           min(s.days) FILTER (WHERE p.during @> day AND s.during @> day) AS days
    FROM centres_posting p
    JOIN scope s ON s.cadre_id = p.cadre_id AND (s.organisation_id IS NULL OR s.organisation_id = p.organisation_id) AND s.during && p.during
    WHERE ids IS NULL OR p.officer_id = ANY (ids)
    GROUP BY p.officer_id, s.course_id
    HAVING bool_or(p.during @> day AND s.during @> day)
), known AS ( -- IN is hashed once: only the few with an excusal are looked up
    SELECT bound.*, CASE WHEN bound.officer_id IN (SELECT x.officer_id FROM centres_excusal x)
                    THEN (SELECT range_agg(x.during) FROM centres_excusal x WHERE x.officer_id = bound.officer_id) END AS days_excused
    FROM bound
), judged AS (
    SELECT b.officer_id, b.course_id, h.held, b.days_excused @> day AS excused,
           -- overdue from: the unbroken, unexcused stretch's first day plus the grace, or the last expiry if that came later
           greatest((SELECT coalesce(lower(r), date '0001-01-01') FROM unnest(b.days_bound - coalesce(b.days_excused, '{}'::datemultirange)) r WHERE r @> day) + b.days, h.last_until) AS due_on
    FROM known b
    LEFT JOIN LATERAL (
        SELECT bool_or(c.until IS NULL OR least(c.until, c.withdrawn_on) > day) FILTER (WHERE c.withdrawn_on IS NULL OR c.withdrawn_on > day) AS held,
               max(least(c.until, c.withdrawn_on)) FILTER (WHERE least(c.until, c.withdrawn_on) <= day) AS last_until
        FROM training_completion c JOIN training_courseversion v ON v.id = c.course_version_id
        WHERE c.officer_id = b.officer_id AND c."on" <= day
          AND (v.course_id = b.course_id OR EXISTS (SELECT 1 FROM training_courseequivalence q WHERE q.course_id = b.course_id AND q.accepted_id = v.course_id))
    ) h ON true
), officers AS (
    SELECT j.officer_id,
           CASE WHEN bool_or(j.excused) THEN 'excused'
                WHEN bool_and(coalesce(j.held, false)) THEN 'current'
                WHEN bool_or(NOT coalesce(j.held, false) AND j.due_on <= day) THEN 'overdue'
                ELSE 'due' END AS status,
           min(j.due_on) FILTER (WHERE NOT coalesce(j.held, false)) AS due_on,
           array_agg(j.course_id ORDER BY j.course_id) FILTER (WHERE NOT coalesce(j.held, false)) AS lacking
    FROM judged j GROUP BY j.officer_id
)
SELECT p.officer_id, p.organisation_id, p.cadre_id, p.county_id, coalesce(o.status, 'not_required'),
       CASE WHEN o.status IN ('due', 'overdue') THEN o.due_on END,
       CASE WHEN o.status IN ('due', 'overdue') THEN o.lacking ELSE '{}' END
FROM centres_posting p LEFT JOIN officers o ON o.officer_id = p.officer_id
WHERE p.during @> day AND (ids IS NULL OR p.officer_id = ANY (ids))
$$;
