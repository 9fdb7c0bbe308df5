-- What the database refuses: an officer or a trainer in two places at once, more seats held than a cohort has, and changes of a
-- curriculum that is published or in use.

-- Session times of a cohort, as one multirange.
CREATE FUNCTION training_session_times(cohort bigint) RETURNS tstzmultirange LANGUAGE sql STABLE AS $$
    SELECT range_agg(tstzrange(starts_at, ends_at)) FROM training_cohortsession WHERE cohort_id = cohort AND cancelled_at IS NULL
$$;

ALTER TABLE training_enrolment ADD COLUMN busy tstzmultirange;
ALTER TABLE training_cohorttrainer ADD COLUMN busy tstzmultirange;
UPDATE training_enrolment SET busy = training_session_times(cohort_id) WHERE state IN ('nominated', 'approved', 'offered', 'confirmed');
UPDATE training_cohorttrainer SET busy = training_session_times(cohort_id);

CREATE FUNCTION training_set_busy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.busy := training_session_times(NEW.cohort_id);
    RETURN NEW;
END $$;
CREATE TRIGGER enrolment_busy BEFORE INSERT OR UPDATE OF cohort_id, state ON training_enrolment
    FOR EACH ROW WHEN (NEW.state IN ('nominated', 'approved', 'offered', 'confirmed')) EXECUTE FUNCTION training_set_busy();
CREATE TRIGGER cohorttrainer_busy BEFORE INSERT OR UPDATE OF cohort_id, user_id ON training_cohorttrainer
    FOR EACH ROW EXECUTE FUNCTION training_set_busy();

CREATE FUNCTION training_sessions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched bigint[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT cohort_id) INTO touched FROM gone;
    ELSE
        SELECT array_agg(DISTINCT cohort_id) INTO touched FROM come;
    END IF;
    UPDATE training_enrolment e SET busy = t.busy
      FROM (SELECT id, training_session_times(id) AS busy FROM unnest(touched) AS id) t
     WHERE e.cohort_id = t.id AND e.state IN ('nominated', 'approved', 'offered', 'confirmed') AND e.busy IS DISTINCT FROM t.busy;
    UPDATE training_cohorttrainer c SET busy = t.busy
      FROM (SELECT id, training_session_times(id) AS busy FROM unnest(touched) AS id) t
     WHERE c.cohort_id = t.id AND c.busy IS DISTINCT FROM t.busy;
    RETURN NULL;
END $$;
CREATE TRIGGER sessions_added AFTER INSERT ON training_cohortsession
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION training_sessions_changed();
CREATE TRIGGER sessions_moved AFTER UPDATE ON training_cohortsession
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION training_sessions_changed();
CREATE TRIGGER sessions_removed AFTER DELETE ON training_cohortsession
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION training_sessions_changed();

ALTER TABLE training_enrolment ADD CONSTRAINT officer_in_one_place
    EXCLUDE USING gist (officer_id WITH =, busy WITH &&)
    WHERE (state IN ('nominated', 'approved', 'offered', 'confirmed') AND clash_reason = '');
ALTER TABLE training_cohorttrainer ADD CONSTRAINT trainer_in_one_place
    EXCLUDE USING gist (user_id WITH =, busy WITH &&) WHERE (reason = '');

-- Sum over MDAs of max(standing quota, seats held) <= capacity. The cohorts are locked first, so two writers never both count
-- the last seat as free.
CREATE FUNCTION training_check_seats(cohorts bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE over text;
BEGIN
    IF cohorts IS NULL THEN RETURN; END IF;
    PERFORM 1 FROM training_cohort WHERE id = ANY(cohorts) ORDER BY id FOR NO KEY UPDATE;
    SELECT c.code INTO over FROM training_cohort c
     WHERE c.id = ANY(cohorts) AND c.capacity < (
        SELECT coalesce(sum(greatest(coalesce(q.seats, 0), coalesce(held.n, 0))), 0)
          FROM (SELECT organisation_id, count(*) AS n FROM training_enrolment
                 WHERE cohort_id = c.id
                   AND state IN ('nominated', 'approved', 'offered', 'confirmed', 'completed', 'not_completed')
                 GROUP BY organisation_id) held
          FULL JOIN (SELECT organisation_id, seats FROM training_seatquota WHERE cohort_id = c.id AND released_at IS NULL) q
         USING (organisation_id))
     LIMIT 1;
    IF over IS NOT NULL THEN
        RAISE EXCEPTION 'More seats of % are held or kept than there are', over
            USING ERRCODE = 'check_violation', CONSTRAINT = 'seats_within_capacity';
    END IF;
END $$;

CREATE FUNCTION training_seats_taken() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT cohort_id) INTO touched FROM come
         WHERE state IN ('nominated', 'approved', 'offered', 'confirmed', 'completed', 'not_completed');
    ELSE
        SELECT array_agg(DISTINCT n.cohort_id) INTO touched FROM come n JOIN went o USING (id)
         WHERE n.state IN ('nominated', 'approved', 'offered', 'confirmed', 'completed', 'not_completed')
           AND (o.state NOT IN ('nominated', 'approved', 'offered', 'confirmed', 'completed', 'not_completed')
                OR o.cohort_id <> n.cohort_id OR o.organisation_id <> n.organisation_id);
    END IF;
    PERFORM training_check_seats(touched);
    RETURN NULL;
END $$;
CREATE TRIGGER seats_taken AFTER INSERT ON training_enrolment
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION training_seats_taken();
CREATE TRIGGER seats_changed AFTER UPDATE ON training_enrolment
    REFERENCING OLD TABLE AS went NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION training_seats_taken();

CREATE FUNCTION training_seats_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'training_cohort' THEN
        PERFORM training_check_seats(ARRAY[NEW.id]);
    ELSE
        PERFORM training_check_seats(ARRAY[NEW.cohort_id]);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER seats_kept AFTER INSERT OR UPDATE ON training_seatquota FOR EACH ROW EXECUTE FUNCTION training_seats_kept();
CREATE TRIGGER places_fewer AFTER UPDATE OF capacity ON training_cohort
    FOR EACH ROW WHEN (NEW.capacity < OLD.capacity) EXECUTE FUNCTION training_seats_kept();

-- A version that an act published, or that a cohort or a completion names, is fixed: it may be retired, nothing else.
CREATE FUNCTION training_version_fixed(version training_courseversion) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT version.state <> 'draft' AND (version.published_on IS NOT NULL
        OR EXISTS (SELECT 1 FROM training_cohort WHERE course_version_id = version.id)
        OR EXISTS (SELECT 1 FROM training_completion WHERE course_version_id = version.id))
$$;
CREATE FUNCTION training_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF training_version_fixed(OLD) THEN
        IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
           OR NOT (NEW.state = OLD.state OR (OLD.state = 'published' AND NEW.state = 'retired')) THEN
            RAISE EXCEPTION 'Version % of a course is published; draft the next one', OLD.number
                USING ERRCODE = 'check_violation', CONSTRAINT = 'published_version_stays';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER published_version_stays BEFORE UPDATE OR DELETE ON training_courseversion
    FOR EACH ROW EXECUTE FUNCTION training_keep_version();

CREATE FUNCTION training_keep_version_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE version training_courseversion;
BEGIN
    SELECT * INTO version FROM training_courseversion
     WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.course_version_id ELSE OLD.course_version_id END;
    IF version.id IS NOT NULL AND training_version_fixed(version) THEN
        RAISE EXCEPTION 'Version % of a course is published; draft the next one', version.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_version_stays';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER published_version_stays BEFORE INSERT OR UPDATE OR DELETE ON training_assessmentcomponent
    FOR EACH ROW EXECUTE FUNCTION training_keep_version_part();
CREATE TRIGGER published_version_stays BEFORE INSERT OR UPDATE OR DELETE ON training_taughtcompetency
    FOR EACH ROW EXECUTE FUNCTION training_keep_version_part();

-- A mark once made stays as it was made; only what became of it is written down.
CREATE FUNCTION training_keep_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - '{state,settled_by_id,settled_at}'::text[]
                           IS DISTINCT FROM to_jsonb(OLD) - '{state,settled_by_id,settled_at}'::text[] THEN
        RAISE EXCEPTION 'Attendance entries are not changed' USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_stays BEFORE UPDATE OR DELETE ON training_attendanceentry FOR EACH ROW EXECUTE FUNCTION training_keep_entry();
