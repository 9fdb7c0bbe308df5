-- Who recommends, reviews, votes and decides holds that office on that day; votes count in their own round, on a file that the review
-- has passed; a standing follows an act or an appeal on record.

CREATE FUNCTION standards_holds_role(person bigint, held text, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM centres_membership m
                   WHERE m.user_id = person AND m.role = held AND m.during @> (at AT TIME ZONE 'Africa/Nairobi')::date)
$$;

CREATE FUNCTION standards_round_of(audit bigint) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT 1 + count(*)::integer FROM standards_decision d WHERE d.audit_id = audit AND d.outcome = 'defer'
$$;

-- When the latest recommendation passed its technical review; null while it has not.
CREATE FUNCTION standards_passed_at(audit bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT r.reviewed_at FROM (SELECT * FROM standards_technicalreview t WHERE t.audit_id = audit ORDER BY t.id DESC LIMIT 1) r
    JOIN (SELECT * FROM standards_recommendation x WHERE x.audit_id = audit ORDER BY x.id DESC LIMIT 1) m ON m.made_at <= r.reviewed_at
    WHERE r.outcome = 'passed'
$$;

-- The votes of a round that count on a day: of those who were members of the panel when they voted, without a part or an interest in it.
CREATE FUNCTION standards_votes_that_count(audit bigint, number integer, upto date) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT v.id FROM standards_panelvote v JOIN standards_audit a ON a.id = v.audit_id JOIN standards_edition e ON e.id = a.edition_id
    WHERE v.audit_id = audit AND v.round = number AND v.outcome <> 'interest'
        AND standards_holds_role(v.user_id, 'panel', v.at) AND NOT standards_took_part(a.id, v.user_id)
        AND NOT EXISTS (SELECT 1 FROM standards_interests(ARRAY[v.user_id], a.organisation_id, standards_places_of(a.id), a.starts_on,
            greatest(a.ends_on, upto), coalesce((e.rules ->> 'cooling_off_months')::int, 24)))
$$;

CREATE FUNCTION standards_audit_under_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM standards_edition WHERE id = NEW.edition_id AND state = 'published') AND NOT (
        NEW.kind IN ('surveillance', 'short_notice') AND EXISTS (
            SELECT 1 FROM standards_certification c JOIN standards_decision d ON d.id = c.decision_id JOIN standards_audit a ON a.id = d.audit_id
            WHERE c.id = NEW.certification_id AND a.edition_id = NEW.edition_id)
    ) THEN
        PERFORM standards_refuse('Audits are planned under a published edition; what is certified is watched over under its own.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_under_published BEFORE INSERT ON standards_audit FOR EACH ROW EXECUTE FUNCTION standards_audit_under_published();

CREATE FUNCTION standards_recommended_by_the_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM standards_audit WHERE id = NEW.audit_id FOR NO KEY UPDATE;
    IF NOT EXISTS (SELECT 1 FROM standards_audit a JOIN standards_auditreport r ON r.audit_id = a.id AND r.kind = 'final'
                   WHERE a.id = NEW.audit_id AND a.state = 'report') THEN
        PERFORM standards_refuse('The lead auditor recommends once the final report is issued.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM standards_teammember WHERE audit_id = NEW.audit_id AND user_id = NEW.made_by_id AND is_lead) THEN
        PERFORM standards_refuse('The lead auditor recommends.');
    END IF;
    IF EXISTS (SELECT 1 FROM standards_panelvote WHERE audit_id = NEW.audit_id AND outcome <> 'interest'
               AND round = standards_round_of(NEW.audit_id)) THEN
        PERFORM standards_refuse('The panel has begun to vote on the recommendation before.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recommended_by_the_lead BEFORE INSERT ON standards_recommendation
    FOR EACH ROW EXECUTE FUNCTION standards_recommended_by_the_lead();

-- Once for each recommendation, by somebody of the secretariat who did nothing else in the audit.
CREATE FUNCTION standards_reviewed_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE reviewed boolean := EXISTS (SELECT 1 FROM standards_technicalreview WHERE audit_id = NEW.audit_id AND reviewed_by_id = NEW.reviewed_by_id);
BEGIN
    PERFORM 1 FROM standards_audit WHERE id = NEW.audit_id FOR NO KEY UPDATE;
    IF NOT EXISTS (SELECT 1 FROM standards_audit a WHERE a.id = NEW.audit_id AND a.state = 'report')
        OR NOT coalesce((SELECT m.made_at <= NEW.reviewed_at AND NOT EXISTS (
                SELECT 1 FROM standards_technicalreview t WHERE t.audit_id = m.audit_id AND t.reviewed_at >= m.made_at)
            FROM standards_recommendation m WHERE m.audit_id = NEW.audit_id ORDER BY m.id DESC LIMIT 1), false) THEN
        PERFORM standards_refuse('A technical review follows the lead auditor''s recommendation, once.');
    END IF;
    IF NOT reviewed AND standards_took_part(NEW.audit_id, NEW.reviewed_by_id)
        OR reviewed AND EXISTS (SELECT 1 FROM standards_verification v JOIN standards_finding f ON f.id = v.finding_id
                                WHERE f.audit_id = NEW.audit_id AND v.verified_by_id = NEW.reviewed_by_id) THEN
        PERFORM standards_refuse('Whoever took part in an audit does not review it.');
    END IF;
    IF NOT standards_holds_role(NEW.reviewed_by_id, 'secretariat', NEW.reviewed_at) THEN
        PERFORM standards_refuse('The secretariat reviews the file.');
    END IF;
    PERFORM standards_refuse_interest(NEW.audit_id, NEW.reviewed_by_id, (NEW.reviewed_at AT TIME ZONE 'Africa/Nairobi')::date);
    RETURN NEW;
END $$;
CREATE TRIGGER reviewed_by_another BEFORE INSERT ON standards_technicalreview
    FOR EACH ROW EXECUTE FUNCTION standards_reviewed_by_another();

CREATE OR REPLACE FUNCTION standards_voter_is_independent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE passed timestamptz;
BEGIN
    PERFORM 1 FROM standards_audit WHERE id = NEW.audit_id FOR NO KEY UPDATE;
    IF NEW.outcome <> 'interest' AND standards_took_part(NEW.audit_id, NEW.user_id) THEN
        PERFORM standards_refuse('Whoever took part in an audit does not decide it.');
    END IF;
    IF NOT standards_holds_role(NEW.user_id, 'panel', NEW.at) THEN
        PERFORM standards_refuse('Whoever votes is a member of the certification panel on that day.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM standards_audit WHERE id = NEW.audit_id AND state = 'report') OR NEW.round <> standards_round_of(NEW.audit_id) THEN
        PERFORM standards_refuse('A vote is one of the present round, between report and decision.');
    END IF;
    passed := standards_passed_at(NEW.audit_id);
    IF NEW.outcome <> 'interest' AND (passed IS NULL OR NEW.at < passed) THEN
        PERFORM standards_refuse('The panel looks at an audit once the technical review has passed it.');
    END IF;
    IF NEW.outcome <> 'interest' AND EXISTS (
        SELECT 1 FROM standards_panelvote WHERE audit_id = NEW.audit_id AND user_id = NEW.user_id AND outcome = 'interest'
    ) THEN
        PERFORM standards_refuse('Whoever declared an interest does not vote.');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION standards_decision_has_quorum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE votes integer; mine integer; refusals integer;
BEGIN
    SELECT count(*), count(*) FILTER (WHERE outcome = NEW.outcome), count(*) FILTER (WHERE outcome = 'refuse') INTO votes, mine, refusals
    FROM standards_panelvote
    WHERE id IN (SELECT standards_votes_that_count(NEW.audit_id, NEW.round, (NEW.decided_at AT TIME ZONE 'Africa/Nairobi')::date));
    IF votes < NEW.quorum OR mine * 2 <= votes AND NOT (NEW.outcome = 'defer' AND refusals * 2 <= votes) THEN
        PERFORM standards_refuse('A decision needs its quorum, and most of the votes.');
    END IF;
    IF NEW.quorum < coalesce((SELECT (e.rules -> 'panel' ->> 'quorum')::int FROM standards_edition e JOIN standards_audit a ON a.edition_id = e.id WHERE a.id = NEW.audit_id), 1) THEN
        PERFORM standards_refuse('The edition says what quorum a decision needs.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM standards_audit WHERE id = NEW.audit_id AND state = 'report') THEN
        PERFORM standards_refuse('An audit is decided once its report is issued and reviewed.');
    END IF;
    IF NEW.round <> standards_round_of(NEW.audit_id) THEN
        PERFORM standards_refuse('A decision counts the votes of the present round.');
    END IF;
    IF standards_passed_at(NEW.audit_id) IS NULL THEN
        PERFORM standards_refuse('The panel looks at an audit once the technical review has passed it.');
    END IF;
    IF NOT standards_holds_role(NEW.decided_by_id, 'panel', NEW.decided_at) THEN
        PERFORM standards_refuse('A member of the certification panel decides.');
    END IF;
    IF EXISTS (SELECT 1 FROM standards_panelvote WHERE audit_id = NEW.audit_id AND user_id = NEW.decided_by_id AND outcome = 'interest') THEN
        PERFORM standards_refuse('Whoever declared an interest does not decide.');
    END IF;
    IF NEW.outcome = 'certify' AND EXISTS (
        SELECT 1 FROM standards_audit a JOIN standards_finding f ON f.audit_id = a.id
        WHERE a.id = NEW.audit_id AND a.kind IN ('surveillance', 'short_notice') AND f.grade = 'major'
            AND f.state NOT IN ('verified', 'effective', 'withdrawn')
    ) THEN
        PERFORM standards_refuse('Nothing is maintained while a major nonconformity is open.');
    END IF;
    RETURN NEW;
END $$;

-- Majors left open by the audits of a certification: the one that led to it and those that watched over it.
CREATE FUNCTION standards_majors_left(certification bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT f.id FROM standards_finding f JOIN standards_audit a ON a.id = f.audit_id
    WHERE f.grade = 'major' AND f.state NOT IN ('verified', 'effective', 'withdrawn') AND a.state IN ('submitted', 'report', 'decided')
        AND (a.certification_id = certification OR a.id = (
            SELECT d.audit_id FROM standards_certification c JOIN standards_decision d ON d.id = c.decision_id WHERE c.id = certification))
$$;

-- Whatever it is called, what takes the place of a certification does not pass over what that one left open.
CREATE OR REPLACE FUNCTION standards_certified_without_majors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM standards_decision d JOIN standards_finding f ON f.audit_id = d.audit_id
        WHERE d.id = NEW.decision_id AND f.grade = 'major' AND f.state NOT IN ('verified', 'effective', 'withdrawn')
    ) OR EXISTS (
        SELECT 1 FROM standards_decision d JOIN standards_audit a ON a.id = d.audit_id
        CROSS JOIN LATERAL unnest(ARRAY[a.certification_id, NEW.renews_id]) AS held (id)
        CROSS JOIN LATERAL standards_majors_left(held.id) WHERE d.id = NEW.decision_id
    ) THEN
        PERFORM standards_refuse('Nothing is certified while a major nonconformity is open.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM standards_decision WHERE id = NEW.decision_id AND outcome = 'certify') THEN
        PERFORM standards_refuse('A certification follows a decision to certify.');
    END IF;
    RETURN NEW;
END $$;

-- What a person asked for, or the timetable proposed, the panel decides; by the timetable alone a suspension ends in withdrawal.
CREATE FUNCTION standards_act_decided_by_the_panel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('done', 'refused') AND NEW.decided_by_id IS NULL AND NOT (
        TG_OP = 'INSERT' AND NEW.asked_by_id IS NULL AND NEW.kind = 'withdraw' AND NEW.ground = 'not_cured'
    ) THEN
        PERFORM standards_refuse('A member of the certification panel decides.');
    END IF;
    IF NEW.decided_by_id <> NEW.asked_by_id OR NEW.asked_by_id IS NULL AND NEW.decided_by_id IS NOT NULL THEN
        IF NOT standards_holds_role(NEW.decided_by_id, 'panel', NEW.decided_at) THEN
            PERFORM standards_refuse('A member of the certification panel decides.');
        END IF;
        PERFORM standards_refuse_interest(d.audit_id, NEW.decided_by_id, (NEW.decided_at AT TIME ZONE 'Africa/Nairobi')::date)
        FROM standards_certification c JOIN standards_decision d ON d.id = c.decision_id WHERE c.id = NEW.certification_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER act_of_the_panel BEFORE INSERT OR UPDATE ON standards_certificationact
    FOR EACH ROW EXECUTE FUNCTION standards_act_decided_by_the_panel();

CREATE FUNCTION standards_appeal_decided_by_the_panel() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE audit bigint;
BEGIN
    IF NEW.state IN ('upheld', 'rejected') AND NEW.decided_by_id IS NULL
        OR NEW.decided_by_id IS NOT NULL AND NOT standards_holds_role(NEW.decided_by_id, 'panel', NEW.decided_at) THEN
        PERFORM standards_refuse('A member of the certification panel decides.');
    END IF;
    IF NEW.decided_by_id IS NOT NULL THEN
        SELECT d.audit_id INTO audit FROM standards_decision d WHERE d.id = coalesce(NEW.decision_id, (
            SELECT c.decision_id FROM standards_certification c JOIN standards_certificationact t ON t.certification_id = c.id WHERE t.id = NEW.act_id));
        PERFORM standards_refuse_interest(audit, NEW.decided_by_id, (NEW.decided_at AT TIME ZONE 'Africa/Nairobi')::date);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appeal_of_the_panel BEFORE INSERT OR UPDATE ON standards_certificationappeal
    FOR EACH ROW EXECUTE FUNCTION standards_appeal_decided_by_the_panel();

-- Every change of standing rests on an act that was granted, on an appeal against the act that led to the present state, or on the
-- certification that takes its place.
CREATE FUNCTION standards_standing_is_founded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE owed bigint; undone boolean;
BEGIN
    IF NEW.state IN ('suspended', 'withdrawn') AND OLD.state IN ('in_force', 'suspended') THEN
        IF NOT EXISTS (SELECT 1 FROM standards_certificationact WHERE certification_id = NEW.id AND state = 'done'
                       AND kind = (CASE NEW.state WHEN 'suspended' THEN 'suspend' ELSE 'withdraw' END)) THEN
            PERFORM standards_refuse('A certification is suspended or withdrawn by an act that was granted.');
        END IF;
    ELSIF NEW.state = 'replaced' THEN
        IF NOT EXISTS (SELECT 1 FROM standards_certification c WHERE c.renews_id = NEW.id OR c.id > NEW.id
                       AND c.centre_id IS NOT DISTINCT FROM NEW.centre_id AND (NEW.centre_id IS NOT NULL OR c.organisation_id = NEW.organisation_id)) THEN
            PERFORM standards_refuse('A certification is replaced by a later one of the same office.');
        END IF;
    ELSE
        SELECT act_id INTO owed FROM standards_certificationevent
        WHERE certification_id = NEW.id AND after = OLD.state AND before <> after AND act_id IS NOT NULL ORDER BY id DESC LIMIT 1;
        SELECT EXISTS (
            SELECT 1 FROM standards_certificationappeal p JOIN standards_certificationact t ON t.id = p.act_id
            WHERE t.certification_id = NEW.id AND (
                t.id = owed AND t.state = 'done' AND (p.state = 'upheld' OR p.state = 'lodged' AND p.effect_suspended)
                OR OLD.state = 'suspended' AND t.kind = 'restore' AND t.state = 'refused' AND p.state = 'upheld' AND t.id > coalesce(owed, 0))
        ) INTO undone;
        IF NOT undone AND NOT (OLD.state = 'suspended' AND EXISTS (
            SELECT 1 FROM standards_certificationact t WHERE t.certification_id = NEW.id AND t.kind = 'restore' AND t.state = 'done'
                AND t.id > coalesce(owed, 0))) THEN
            PERFORM standards_refuse('A certification is restored by an act that was granted, or by an appeal against the act that ended its standing.');
        END IF;
        IF NOT undone AND EXISTS (SELECT 1 FROM standards_finding f WHERE f.limit_on < NEW.state_on
                                  AND f.id IN (SELECT standards_majors_left(NEW.id))) THEN
            PERFORM standards_refuse('Nothing is restored while a major nonconformity is open after its limit.');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER standing_is_founded BEFORE UPDATE ON standards_certification
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION standards_standing_is_founded();

-- A place leaves the scope by a reduction that names it, and comes back by an appeal against that.
CREATE FUNCTION standards_scope_is_founded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM standards_certificationact t JOIN standards_certificationact_sites x ON x.certificationact_id = t.id
        WHERE t.certification_id = NEW.certification_id AND t.kind = 'reduce' AND t.state = 'done' AND x.certificationsite_id = NEW.id
            AND (NEW.left_on IS NOT NULL OR EXISTS (SELECT 1 FROM standards_certificationappeal p WHERE p.act_id = t.id AND p.state = 'upheld'))
    ) THEN
        PERFORM standards_refuse('A place leaves the scope by a reduction that was granted, and comes back by an appeal.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER scope_is_founded BEFORE UPDATE ON standards_certificationsite
    FOR EACH ROW WHEN (OLD.left_on IS DISTINCT FROM NEW.left_on) EXECUTE FUNCTION standards_scope_is_founded();
