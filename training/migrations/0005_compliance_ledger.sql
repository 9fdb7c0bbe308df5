-- The compliance ledger (docs/architecture.md; the rule: training/compliance/rules.py). Everything here is derived from facts.

-- The transaction that wrote a row: sequences are not in commit order, so checkpoints count by this.
ALTER TABLE training_compliancedelta ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE training_compliancecountydelta ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE training_compliancewatermark ADD COLUMN upto xid8 NOT NULL;
CREATE INDEX delta_by_writer ON training_compliancedelta (written_by);
CREATE INDEX county_delta_by_writer ON training_compliancecountydelta (written_by);
CREATE INDEX delta_by_recording ON training_compliancedelta USING brin (recorded_at);

-- Deltas are only ever added; the night's compaction says that it is at work.
CREATE FUNCTION compliance_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('cse.compacting', true) = 'on' THEN RETURN NULL; END IF;
    RAISE EXCEPTION 'The compliance ledger is append-only: % on % is refused.', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER delta_append_only BEFORE UPDATE OR DELETE ON training_compliancedelta FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change();
CREATE TRIGGER county_delta_append_only BEFORE UPDATE OR DELETE ON training_compliancecountydelta FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change();

-- Where each requirement reaches: its MDA and all below it, as the tree was; 0: every MDA. number 0 is what is in force.
-- changed: requirements that a draft adds (a negative id) or puts in the place of one in force (its id).
CREATE FUNCTION compliance_rescope(number integer DEFAULT 0, changed jsonb DEFAULT '[]') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF number = 0 THEN
        LOCK TABLE training_requirementscope IN SHARE ROW EXCLUSIVE MODE; -- two writers of rules, one after the other
    END IF;
    DELETE FROM training_requirementscope WHERE draft = number;
    INSERT INTO training_requirementscope (draft, requirement_id, cadre_id, course_id, organisation_id, due_days, versions, during)
    WITH RECURSIVE given AS (
        SELECT * FROM jsonb_to_recordset(changed) AS g (id bigint, cadre_id bigint, course_id bigint, organisation_id bigint, in_force daterange, due_within_days integer)
    ), rule AS (
        SELECT id, cadre_id, course_id, organisation_id, in_force, due_within_days::integer AS due_days
        FROM training_requirement WHERE id NOT IN (SELECT id FROM given)
        UNION ALL SELECT id, cadre_id, course_id, organisation_id, in_force, due_within_days FROM given
    ), reach (id, organisation_id, during) AS (
        SELECT id, coalesce(organisation_id, 0), in_force FROM rule WHERE NOT isempty(in_force)
        UNION
        SELECT reach.id, l.organisation_id, reach.during * l.during
        FROM reach JOIN centres_reportingline l ON l.parent_id = reach.organisation_id AND l.during && reach.during
    )
    SELECT number, rule.id, rule.cadre_id, rule.course_id, reach.organisation_id, rule.due_days, ARRAY(
            SELECT v.id FROM training_courseversion v
            WHERE v.course_id = rule.course_id OR v.course_id IN (SELECT q.accepted_id FROM training_courseequivalence q WHERE q.course_id = rule.course_id)
            ORDER BY v.id
        ), reach.during
    FROM rule JOIN reach ON reach.id = rule.id;
END $$;

CREATE FUNCTION compliance_scope_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME <> 'centres_reportingline' OR EXISTS (SELECT FROM training_requirement WHERE organisation_id IS NOT NULL) THEN
        PERFORM compliance_rescope();
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER requirement_rescopes AFTER INSERT OR UPDATE OR DELETE ON training_requirement FOR EACH STATEMENT EXECUTE FUNCTION compliance_scope_changed();
CREATE TRIGGER line_rescopes AFTER INSERT OR UPDATE OR DELETE ON centres_reportingline FOR EACH STATEMENT EXECUTE FUNCTION compliance_scope_changed();
CREATE TRIGGER equivalence_rescopes AFTER INSERT OR UPDATE OR DELETE ON training_courseequivalence FOR EACH STATEMENT EXECUTE FUNCTION compliance_scope_changed();
CREATE TRIGGER version_rescopes AFTER INSERT OR UPDATE OF course_id OR DELETE ON training_courseversion FOR EACH STATEMENT EXECUTE FUNCTION compliance_scope_changed();
SELECT compliance_rescope();

-- The spans of these officers by the rules of a scope. One pass: no join between intermediate results, of which the planner
-- knows nothing; every table is read by index, so that the cost stays linear.
CREATE FUNCTION compliance_wanted(ids bigint[], number integer DEFAULT 0)
RETURNS TABLE (officer_id bigint, organisation_id integer, cadre_id integer, county_id integer, status smallint, starts date, ends date)
LANGUAGE sql STABLE
SET jit = off SET work_mem = '64MB' SET enable_memoize = off SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
WITH bound AS ( -- per officer and requirement; the row without one keeps officers of whom nothing is required
    SELECT p.officer_id, s.requirement_id, s.course_id, s.due_days, min(s.versions) AS versions, range_agg(p.during * s.during) AS bound
    FROM centres_posting p LEFT JOIN training_requirementscope s
        ON s.draft = number AND s.cadre_id = p.cadre_id AND s.organisation_id = ANY (ARRAY[0, p.organisation_id::integer]) AND s.during && p.during
    WHERE p.officer_id = ANY (ids) -- ANY, here and below: read by the plain index, not by the exclusion constraint's slower one
    GROUP BY p.officer_id, s.requirement_id, s.course_id, s.due_days
), live AS ( -- bound, neither excused nor waived
    SELECT b.*, x.excused, w.waived, b.bound - x.excused - w.waived AS live
    FROM bound b
    CROSS JOIN LATERAL (SELECT coalesce(range_agg(e.during), '{}') AS excused FROM centres_excusal e WHERE e.officer_id = ANY (ARRAY[b.officer_id])) x
    CROSS JOIN LATERAL (SELECT coalesce(range_agg(v.during), '{}') AS waived FROM training_waiver v WHERE v.officer_id = b.officer_id AND v.state IN ('approved', 'ended')) w
), stretch AS ( -- unbroken days of the course, whichever requirement binds
    SELECT live.*, range_agg(live.live) OVER (PARTITION BY live.officer_id, live.course_id) AS stretch FROM live
), gap AS (
    SELECT s.officer_id, s.bound, s.excused, s.waived, s.stretch, s.due_days, h.gap
    FROM stretch s CROSS JOIN LATERAL (
        SELECT s.live - coalesce(range_agg(daterange(c."on", least(c.until, c.withdrawn_on))), '{}') AS gap
        FROM training_completion c
        WHERE c.officer_id = s.officer_id AND c.course_version_id = ANY (s.versions) AND (c.withdrawn_on IS NULL OR c.withdrawn_on > c."on")
    ) h
), judged AS (
    SELECT g.officer_id, g.bound, g.excused, g.waived, g.gap, g.gap - coalesce((
        SELECT range_agg(daterange(lower(u), lower(u) + g.due_days)) FROM unnest(g.stretch) u WHERE lower(u) IS NOT NULL
    ), '{}') AS overdue
    FROM gap g
), officer AS (
    SELECT j.officer_id, j.excused, j.waived, coalesce(range_agg(j.bound), '{}') AS bound, coalesce(range_agg(j.gap), '{}') AS gap,
           coalesce(range_agg(j.overdue), '{}') AS overdue
    FROM judged j GROUP BY j.officer_id, j.excused, j.waived
)
SELECT o.officer_id, place.organisation_id::integer, place.cadre_id::integer, place.county_id::integer, k.status,
       coalesce(lower(d), '0001-01-01'), coalesce(upper(d), 'infinity')
FROM officer o
CROSS JOIN LATERAL (
    SELECT p.organisation_id, p.cadre_id, p.county_id, range_agg(p.during) AS served
    FROM centres_posting p WHERE p.officer_id = ANY (ARRAY[o.officer_id]) GROUP BY p.organisation_id, p.cadre_id, p.county_id
) place
CROSS JOIN LATERAL (VALUES
    (0::smallint, o.bound - o.excused - o.waived - o.gap), -- current
    (1::smallint, o.gap - o.overdue),                      -- due
    (2::smallint, o.overdue),                              -- overdue
    (3::smallint, o.bound * o.waived - o.excused),         -- waived
    (4::smallint, o.bound * o.excused),                    -- excused
    (5::smallint, place.served - o.bound)                  -- not required
) k (status, days)
CROSS JOIN LATERAL unnest(place.served * k.days) d
$$;

-- A table whose rows are all of this transaction looks empty to whoever counts it from outside (autovacuum does), and of a table
-- thought empty the planner picks any index: hours. Such a table is counted from here, and held from being counted until the end.
CREATE FUNCTION compliance_count_again() RETURNS void LANGUAGE plpgsql SET lock_timeout = '10s' AS $$
DECLARE name text;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_class c
        WHERE c.oid IN ('centres_officer'::regclass, 'centres_posting'::regclass, 'training_completion'::regclass, 'training_compliancespan'::regclass)
            AND c.reltuples = 0 AND pg_relation_size(c.oid) > 0
    LOOP
        BEGIN
            EXECUTE format('LOCK TABLE %I IN SHARE UPDATE EXCLUSIVE MODE', name);
            EXECUTE format('ANALYZE %I', name);
        EXCEPTION WHEN lock_not_available THEN NULL; -- somebody else counts it, for long
        END;
    END LOOP;
END $$;

-- Makes the spans of these officers what the facts say, touching only those that differ: how many it changed. The officers are
-- locked first, in order; the next statement then sees what any other writer of their facts has committed.
CREATE FUNCTION compliance_refresh(officers bigint[]) RETURNS bigint LANGUAGE plpgsql
SET jit = off SET work_mem = '64MB' SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE changed bigint;
BEGIN
    IF cardinality(officers) > 1000 THEN PERFORM compliance_count_again(); END IF;
    PERFORM 1 FROM centres_officer o WHERE o.id = ANY (officers) ORDER BY o.id FOR NO KEY UPDATE;
    WITH diff AS MATERIALIZED (
        SELECT s.officer_id, s.starts, min(s.at) AS at,
               max(s.organisation_id) FILTER (WHERE s.at IS NULL) AS organisation_id, max(s.cadre_id) FILTER (WHERE s.at IS NULL) AS cadre_id,
               max(s.county_id) FILTER (WHERE s.at IS NULL) AS county_id, max(s.status) FILTER (WHERE s.at IS NULL) AS status,
               max(s.ends) FILTER (WHERE s.at IS NULL) AS ends
        FROM (
            SELECT w.officer_id, w.starts, w.organisation_id, w.cadre_id, w.county_id, w.status, w.ends, NULL::tid AS at
            FROM compliance_wanted(officers) w
            UNION ALL
            SELECT p.officer_id, p.starts, p.organisation_id, p.cadre_id, p.county_id, p.status, p.ends, p.ctid
            FROM (SELECT DISTINCT unnest(officers) AS id) i JOIN training_compliancespan p ON p.officer_id = i.id
        ) s
        GROUP BY s.officer_id, s.starts
        HAVING (max(s.organisation_id) FILTER (WHERE s.at IS NULL), max(s.cadre_id) FILTER (WHERE s.at IS NULL), max(s.county_id) FILTER (WHERE s.at IS NULL), max(s.status) FILTER (WHERE s.at IS NULL), max(s.ends) FILTER (WHERE s.at IS NULL))
            IS DISTINCT FROM
               (max(s.organisation_id) FILTER (WHERE s.at IS NOT NULL), max(s.cadre_id) FILTER (WHERE s.at IS NOT NULL), max(s.county_id) FILTER (WHERE s.at IS NOT NULL), max(s.status) FILTER (WHERE s.at IS NOT NULL), max(s.ends) FILTER (WHERE s.at IS NOT NULL))
    ), gone AS (
        DELETE FROM training_compliancespan s USING diff d WHERE s.ctid = d.at AND d.ends IS NULL RETURNING 1
    ), moved AS (
        UPDATE training_compliancespan s
        SET organisation_id = d.organisation_id, cadre_id = d.cadre_id, county_id = d.county_id, status = d.status, ends = d.ends
        FROM diff d WHERE s.ctid = d.at AND d.ends IS NOT NULL RETURNING 1
    ), added AS (
        INSERT INTO training_compliancespan (officer_id, organisation_id, cadre_id, county_id, status, starts, ends)
        SELECT d.officer_id, d.organisation_id, d.cadre_id, d.county_id, d.status, d.starts, d.ends FROM diff d
        WHERE d.at IS NULL RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM moved) + (SELECT count(*) FROM added) INTO changed;
    RETURN changed;
END $$;

-- Every change of spans is accounted for in both ledgers, whoever made it, netted within the statement.
CREATE FUNCTION compliance_account() RETURNS trigger LANGUAGE plpgsql SET jit = off SET work_mem = '64MB' AS $$
DECLARE moves text;
BEGIN
    IF current_setting('cse.bulk_fill', true) = 'on' THEN RETURN NULL; END IF; -- spans.rebuild sums up at its end
    moves := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT organisation_id, cadre_id, county_id, status, starts, ends, 1 AS n FROM added'
        WHEN 'DELETE' THEN 'SELECT organisation_id, cadre_id, county_id, status, starts, ends, -1 AS n FROM removed'
        ELSE 'SELECT organisation_id, cadre_id, county_id, status, starts, ends, 1 AS n FROM added
              UNION ALL SELECT organisation_id, cadre_id, county_id, status, starts, ends, -1 FROM removed' END;
    EXECUTE format($sql$
        WITH moves AS (%s), net AS (
            SELECT e.organisation_id, e.cadre_id, e.county_id, e.status, e.day, sum(e.n) AS n FROM (
                SELECT organisation_id, cadre_id, county_id, status, starts AS day, n FROM moves
                UNION ALL SELECT organisation_id, cadre_id, county_id, status, ends, -n FROM moves WHERE ends <> 'infinity'
            ) e GROUP BY 1, 2, 3, 4, 5 HAVING sum(e.n) <> 0
        ), by_mda AS (
            INSERT INTO training_compliancedelta (organisation_id, cadre_id, status, effective_on, delta, recorded_at)
            SELECT organisation_id, cadre_id, status, day, sum(n), clock_timestamp() FROM net GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
        ), by_county AS (
            INSERT INTO training_compliancecountydelta (county_id, cadre_id, status, effective_on, delta, recorded_at)
            SELECT county_id, cadre_id, status, day, sum(n), clock_timestamp() FROM net GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
        )
        INSERT INTO training_compliancewrite (written_at) SELECT clock_timestamp() WHERE EXISTS (SELECT FROM net)
    $sql$, moves);
    RETURN NULL;
END $$;
CREATE TRIGGER span_added AFTER INSERT ON training_compliancespan REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION compliance_account();
CREATE TRIGGER span_moved AFTER UPDATE ON training_compliancespan REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION compliance_account();
CREATE TRIGGER span_removed AFTER DELETE ON training_compliancespan REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION compliance_account();
