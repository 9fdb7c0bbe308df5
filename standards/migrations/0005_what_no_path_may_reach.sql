-- The whole cycle now has more states and more papers; what must never be is refused here whoever writes.

CREATE FUNCTION standards_is_open(state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT state IN ('planned', 'self_assessment', 'stage_1', 'stage_2')
$$;

-- Rows that are written once and stay.
CREATE FUNCTION standards_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM standards_refuse('What was recorded of an audit or a certification stays as it is.');
    RETURN NULL;
END $$;
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON standards_panelvote FOR EACH ROW EXECUTE FUNCTION standards_written_once();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON standards_recommendation FOR EACH ROW EXECUTE FUNCTION standards_written_once();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON standards_technicalreview FOR EACH ROW EXECUTE FUNCTION standards_written_once();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON standards_reportaddendum FOR EACH ROW EXECUTE FUNCTION standards_written_once();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON standards_verification FOR EACH ROW EXECUTE FUNCTION standards_written_once();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON standards_rerating FOR EACH ROW EXECUTE FUNCTION standards_written_once();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON standards_reply FOR EACH ROW EXECUTE FUNCTION standards_written_once();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON standards_stage1review FOR EACH ROW EXECUTE FUNCTION standards_written_once();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON standards_certificationevent FOR EACH ROW EXECUTE FUNCTION standards_written_once();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON standards_sitesample FOR EACH ROW EXECUTE FUNCTION standards_written_once();

-- An audit's way. Its edition and subject never change; submitted, only its state moves on.
CREATE OR REPLACE FUNCTION standards_audit_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'planned' THEN PERFORM standards_refuse('A submitted audit is not deleted.'); END IF;
        RETURN OLD;
    END IF;
    IF (NEW.edition_id, NEW.organisation_id, NEW.ref) <> (OLD.edition_id, OLD.organisation_id, OLD.ref) OR NEW.centre_id IS DISTINCT FROM OLD.centre_id THEN
        PERFORM standards_refuse('An audit keeps its edition and its subject.');
    END IF;
    IF NOT standards_is_open(OLD.state) AND (to_jsonb(NEW) - '{state,ended_on,ended_reason}'::text[]) <> (to_jsonb(OLD) - '{state,ended_on,ended_reason}'::text[]) THEN
        PERFORM standards_refuse('A submitted audit is not changed.');
    END IF;
    IF NEW.state <> OLD.state AND NOT (CASE OLD.state
        WHEN 'planned' THEN NEW.state IN ('self_assessment', 'stage_1', 'stage_2', 'cancelled', 'lapsed')
        WHEN 'self_assessment' THEN NEW.state IN ('stage_1', 'stage_2', 'cancelled', 'lapsed')
        WHEN 'stage_1' THEN NEW.state IN ('stage_2', 'cancelled', 'lapsed')
        WHEN 'stage_2' THEN NEW.state IN ('submitted', 'cancelled', 'lapsed')
        WHEN 'submitted' THEN NEW.state IN ('report', 'lapsed')
        WHEN 'report' THEN NEW.state IN ('decided', 'lapsed')
        ELSE false END) THEN
        PERFORM standards_refuse(format('An audit does not go from %s to %s.', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'submitted' AND OLD.state <> 'submitted' AND EXISTS (
        SELECT 1 FROM standards_auditsite s
        JOIN standards_element e ON e.applies_to IN ('both', CASE WHEN s.centre_id IS NULL THEN 'mda' ELSE 'centre' END)
            AND (NEW.elements_asked IS NULL OR e.code = ANY (NEW.elements_asked))
        JOIN standards_criterion c ON c.id = e.criterion_id JOIN standards_principle p ON p.id = c.principle_id AND p.edition_id = NEW.edition_id
        WHERE s.audit_id = NEW.id AND NOT EXISTS (SELECT 1 FROM standards_rating r WHERE r.site_id = s.id AND r.element_id = e.id)
    ) THEN
        PERFORM standards_refuse('An audit is submitted once every element is rated.');
    END IF;
    RETURN NEW;
END $$;

-- Sheets: ratings, conflicts and the auditors' evidence until the audit is submitted.
CREATE OR REPLACE FUNCTION standards_sheet_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE submitted boolean;
BEGIN
    SELECT bool_or(NOT standards_is_open(locked.state)) INTO submitted FROM (
        SELECT a.state FROM standards_audit a JOIN standards_auditsite s ON s.audit_id = a.id
        WHERE s.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.site_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.site_id END)
        FOR SHARE OF a
    ) locked;
    IF submitted THEN PERFORM standards_refuse('The sheet of a submitted audit is not changed.'); END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER conflict_frozen BEFORE INSERT OR UPDATE OR DELETE ON standards_ratingconflict FOR EACH ROW EXECUTE FUNCTION standards_sheet_frozen();

-- Evidence: what was received is not rewritten; only taken back. The file of a revision stays.
CREATE FUNCTION standards_piece_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN PERFORM standards_refuse('Evidence is taken back, not deleted.'); END IF;
    IF (to_jsonb(NEW) - 'removed_at') <> (to_jsonb(OLD) - 'removed_at') OR OLD.removed_at IS NOT NULL AND NEW.removed_at IS DISTINCT FROM OLD.removed_at THEN
        PERFORM standards_refuse('Evidence is not rewritten; a new revision is added.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER piece_stays BEFORE UPDATE OR DELETE ON standards_evidence FOR EACH ROW EXECUTE FUNCTION standards_piece_stays();
CREATE TRIGGER piece_stays BEFORE UPDATE OR DELETE ON standards_submittedevidence FOR EACH ROW EXECUTE FUNCTION standards_piece_stays();

CREATE OR REPLACE FUNCTION standards_site_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE submitted boolean;
BEGIN
    SELECT bool_or(NOT standards_is_open(locked.state)) INTO submitted FROM (
        SELECT state FROM standards_audit
        WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.audit_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.audit_id END) FOR SHARE
    ) locked;
    IF submitted THEN PERFORM standards_refuse('The sites of a submitted audit are not changed.'); END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- Self-assessment: frozen at submission, its evidence with it.
CREATE FUNCTION standards_self_rating_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE frozen boolean;
BEGIN
    SELECT bool_or(locked.submitted_at IS NOT NULL) INTO frozen FROM (
        SELECT a.submitted_at FROM standards_selfassessment a JOIN standards_auditsite s ON s.audit_id = a.audit_id
        WHERE s.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.site_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.site_id END)
        FOR SHARE OF a
    ) locked;
    IF frozen THEN PERFORM standards_refuse('A submitted self-assessment is not changed.'); END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER self_rating_frozen BEFORE INSERT OR UPDATE OR DELETE ON standards_selfrating FOR EACH ROW EXECUTE FUNCTION standards_self_rating_frozen();

CREATE FUNCTION standards_self_assessment_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.submitted_at IS NOT NULL THEN PERFORM standards_refuse('A submitted self-assessment is not changed.'); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER self_assessment_frozen BEFORE UPDATE OR DELETE ON standards_selfassessment FOR EACH ROW EXECUTE FUNCTION standards_self_assessment_frozen();

CREATE FUNCTION standards_submitted_evidence_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE frozen boolean;
BEGIN
    IF NEW.element_id IS NOT NULL THEN
        SELECT a.submitted_at IS NOT NULL INTO frozen FROM standards_selfassessment a WHERE a.audit_id = NEW.audit_id FOR SHARE OF a;
        IF frozen THEN PERFORM standards_refuse('A submitted self-assessment is not changed.'); END IF;
    ELSIF EXISTS (SELECT 1 FROM standards_finding f WHERE f.id = NEW.finding_id AND f.state IN ('verified', 'effective', 'withdrawn')) THEN
        PERFORM standards_refuse('The evidence of a closed finding stays as it is.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER submitted_evidence_frozen BEFORE INSERT OR UPDATE ON standards_submittedevidence
    FOR EACH ROW EXECUTE FUNCTION standards_submitted_evidence_frozen();

-- Findings: once the audit is submitted they are answered, never reworded; the grade follows a decided dispute only.
CREATE OR REPLACE FUNCTION standards_finding_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moves text[] := '{state,answer_by,plan_by,due_on,limit_on,check_from,acknowledged_by_id,acknowledged_at,grade}';
BEGIN
    IF EXISTS (SELECT 1 FROM standards_audit WHERE id = OLD.audit_id AND NOT standards_is_open(state)) THEN
        IF TG_OP = 'DELETE' THEN PERFORM standards_refuse('A finding of a submitted audit is not deleted.'); END IF;
        IF (to_jsonb(NEW) - moves) <> (to_jsonb(OLD) - moves) THEN
            PERFORM standards_refuse('A finding of a submitted audit is not reworded.');
        END IF;
        IF NEW.grade <> OLD.grade AND NOT EXISTS (
            SELECT 1 FROM standards_dispute d WHERE d.finding_id = OLD.id AND d.outcome = 'regraded' AND d.grade = NEW.grade
        ) THEN
            PERFORM standards_refuse('The grade of a finding changes by a dispute that is decided.');
        END IF;
        IF NEW.state <> OLD.state AND NEW.state = 'withdrawn' AND NOT EXISTS (
            SELECT 1 FROM standards_dispute d WHERE d.finding_id = OLD.id AND d.outcome = 'withdrawn'
        ) THEN
            PERFORM standards_refuse('A finding is withdrawn by a dispute that is decided.');
        END IF;
        IF NEW.state <> OLD.state AND NEW.state IN ('verified', 'effective') AND NOT EXISTS (
            SELECT 1 FROM standards_verification v WHERE v.finding_id = OLD.id AND v.outcome = 'accepted'
                AND v.kind = CASE NEW.state WHEN 'verified' THEN 'correction' ELSE 'effect' END
        ) THEN
            PERFORM standards_refuse('A finding is closed by a verification on record.');
        END IF;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- A correction is verified by somebody who did not make it; its effect on a later day, by somebody else again.
CREATE FUNCTION standards_verifier_is_independent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM standards_correctiveaction WHERE finding_id = NEW.finding_id AND submitted_by_id = NEW.verified_by_id)
        OR EXISTS (SELECT 1 FROM standards_submittedevidence WHERE finding_id = NEW.finding_id AND added_by_id = NEW.verified_by_id) THEN
        PERFORM standards_refuse('Whoever made a correction does not verify it.');
    END IF;
    IF NEW.kind = 'effect' AND (
        NOT EXISTS (SELECT 1 FROM standards_verification WHERE finding_id = NEW.finding_id AND kind = 'correction' AND outcome = 'accepted' AND "on" < NEW."on")
        OR EXISTS (SELECT 1 FROM standards_verification WHERE finding_id = NEW.finding_id AND kind = 'correction' AND outcome = 'accepted' AND verified_by_id = NEW.verified_by_id)
    ) THEN
        PERFORM standards_refuse('The effect of a correction is looked at on a later day, by somebody who did not verify it.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER verifier_is_independent BEFORE INSERT ON standards_verification FOR EACH ROW EXECUTE FUNCTION standards_verifier_is_independent();

-- A re-rating lifts what was not, or only partly, met.
CREATE FUNCTION standards_re_rating_lifts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.value NOT IN ('P', 'M') OR NOT EXISTS (
        SELECT 1 FROM standards_rating r WHERE r.site_id = NEW.site_id AND r.element_id = NEW.element_id
            AND (r.value = 'N' OR r.value = 'P' AND NEW.value = 'M')
    ) THEN
        PERFORM standards_refuse('A re-rating lifts not met to partly met or met, and partly met to met; never further.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM standards_verification v WHERE v.id = NEW.verification_id AND v.outcome = 'accepted') THEN
        PERFORM standards_refuse('A re-rating follows a verified correction.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER re_rating_lifts BEFORE INSERT ON standards_rerating FOR EACH ROW EXECUTE FUNCTION standards_re_rating_lifts();

-- Plans and disputes: what was sent stays; the answer to it is written once.
CREATE FUNCTION standards_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE answer text[] := CASE TG_TABLE_NAME
    WHEN 'standards_correctiveaction' THEN '{state,reviewed_by_id,reviewed_at,review_note}'
    WHEN 'standards_dispute' THEN '{outcome,grade,decision_reason,decided_by_id,decided_at}'
    ELSE '{state,decided_by_id,decided_at,reasons,effect_suspended}' END;
DECLARE answered boolean := CASE TG_TABLE_NAME
    WHEN 'standards_correctiveaction' THEN to_jsonb(OLD) ->> 'reviewed_at' IS NOT NULL
    ELSE to_jsonb(OLD) ->> 'decided_at' IS NOT NULL END;
BEGIN
    IF TG_OP = 'DELETE' OR answered OR (to_jsonb(NEW) - answer) <> (to_jsonb(OLD) - answer) THEN
        PERFORM standards_refuse('What was sent stays as it was sent, and is answered once.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answered_once BEFORE UPDATE OR DELETE ON standards_correctiveaction FOR EACH ROW EXECUTE FUNCTION standards_answered_once();
CREATE TRIGGER answered_once BEFORE UPDATE OR DELETE ON standards_dispute FOR EACH ROW EXECUTE FUNCTION standards_answered_once();
CREATE TRIGGER answered_once BEFORE UPDATE OR DELETE ON standards_certificationappeal FOR EACH ROW EXECUTE FUNCTION standards_answered_once();

-- Issued reports: only the drawn documents are added, once.
CREATE FUNCTION standards_report_locked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - '{document,workbook,drawn_at}'::text[]) <> (to_jsonb(OLD) - '{document,workbook,drawn_at}'::text[])
        OR OLD.drawn_at IS NOT NULL AND to_jsonb(NEW) <> to_jsonb(OLD) THEN
        PERFORM standards_refuse('An issued report is not changed; an addendum is.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER report_locked BEFORE UPDATE OR DELETE ON standards_auditreport FOR EACH ROW EXECUTE FUNCTION standards_report_locked();

-- Who took part: as before, and whoever reviewed stage 1, recommended, settled a conflict or verified a correction.
CREATE OR REPLACE FUNCTION standards_took_part(audit bigint, person bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM standards_teammember WHERE audit_id = audit AND user_id = person)
        OR EXISTS (SELECT 1 FROM standards_audit WHERE id = audit AND submitted_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_rating r JOIN standards_auditsite s ON s.id = r.site_id
                   WHERE s.audit_id = audit AND person IN (r.rated_by_id, r.na_approved_by_id))
        OR EXISTS (SELECT 1 FROM standards_evidence e JOIN standards_auditsite s ON s.id = e.site_id
                   WHERE s.audit_id = audit AND e.added_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_stage1review WHERE audit_id = audit AND reviewed_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_recommendation WHERE audit_id = audit AND made_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_verification v JOIN standards_finding f ON f.id = v.finding_id
                   WHERE f.audit_id = audit AND v.verified_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_technicalreview WHERE audit_id = audit AND reviewed_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_application WHERE audit_id = audit AND applied_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_selfassessment WHERE audit_id = audit AND submitted_by_id = person)
$$;

CREATE FUNCTION standards_voter_is_independent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM standards_audit WHERE id = NEW.audit_id FOR NO KEY UPDATE;
    IF NEW.outcome <> 'interest' AND standards_took_part(NEW.audit_id, NEW.user_id) THEN
        PERFORM standards_refuse('Whoever took part in an audit does not decide it.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER voter_is_independent BEFORE INSERT ON standards_panelvote FOR EACH ROW EXECUTE FUNCTION standards_voter_is_independent();

-- A decision has its quorum: the votes of its round, and more of them for it than for anything else.
CREATE FUNCTION standards_decision_has_quorum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE votes integer; mine integer;
BEGIN
    SELECT count(*) FILTER (WHERE outcome <> 'interest'), count(*) FILTER (WHERE outcome = NEW.outcome) INTO votes, mine
    FROM standards_panelvote WHERE audit_id = NEW.audit_id AND round = NEW.round;
    IF votes < NEW.quorum OR mine * 2 <= votes THEN
        PERFORM standards_refuse('A decision needs its quorum, and most of the votes.');
    END IF;
    IF NEW.quorum < coalesce((SELECT (e.rules -> 'panel' ->> 'quorum')::int FROM standards_edition e JOIN standards_audit a ON a.edition_id = e.id WHERE a.id = NEW.audit_id), 1) THEN
        PERFORM standards_refuse('The edition says what quorum a decision needs.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM standards_audit WHERE id = NEW.audit_id AND state = 'report') THEN
        PERFORM standards_refuse('An audit is decided once its report is issued and reviewed.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decision_has_quorum BEFORE INSERT ON standards_decision FOR EACH ROW EXECUTE FUNCTION standards_decision_has_quorum();

CREATE OR REPLACE FUNCTION standards_member_did_not_decide() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND EXISTS (SELECT 1 FROM standards_audit WHERE id = OLD.audit_id AND NOT standards_is_open(state)) THEN
        PERFORM standards_refuse('The team of a submitted audit is not changed.');
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    PERFORM 1 FROM standards_audit WHERE id = NEW.audit_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM standards_decision WHERE audit_id = NEW.audit_id AND decided_by_id = NEW.user_id)
        OR EXISTS (SELECT 1 FROM standards_panelvote WHERE audit_id = NEW.audit_id AND user_id = NEW.user_id) THEN
        PERFORM standards_refuse('Whoever decided an audit does not join its team.');
    END IF;
    RETURN NEW;
END $$;

-- No certification over an open major, or without a decision to certify.
CREATE FUNCTION standards_certified_without_majors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM standards_decision d JOIN standards_finding f ON f.audit_id = d.audit_id
        WHERE d.id = NEW.decision_id AND f.grade = 'major' AND f.state NOT IN ('verified', 'effective', 'withdrawn')
    ) THEN
        PERFORM standards_refuse('Nothing is certified while a major nonconformity is open.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM standards_decision WHERE id = NEW.decision_id AND outcome = 'certify') THEN
        PERFORM standards_refuse('A certification follows a decision to certify.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certified_without_majors BEFORE INSERT ON standards_certification FOR EACH ROW EXECUTE FUNCTION standards_certified_without_majors();

-- What a certificate says stands as printed; its standing moves along its own way. Withdrawn or renewed is for good.
CREATE OR REPLACE FUNCTION standards_certification_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moves text[] := '{state,state_on,state_reason,suspended_until,document,drawn_at}';
BEGIN
    IF TG_OP = 'DELETE' THEN PERFORM standards_refuse('A certification is not deleted.'); END IF;
    IF (to_jsonb(NEW) - moves) <> (to_jsonb(OLD) - moves) THEN
        PERFORM standards_refuse('A certification is not edited; it is suspended or withdrawn.');
    END IF;
    IF NEW.state <> OLD.state AND NOT (CASE OLD.state
        WHEN 'in_force' THEN NEW.state IN ('suspended', 'withdrawn', 'replaced')
        WHEN 'suspended' THEN NEW.state IN ('in_force', 'withdrawn', 'replaced')
        ELSE false END) THEN
        PERFORM standards_refuse(format('A certification does not go from %s to %s.', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END $$;

-- An appeal is decided by somebody without any part in what it is against.
CREATE FUNCTION standards_appeal_is_independent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.decided_by_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM standards_decision d WHERE d.id = coalesce(NEW.decision_id, (
            SELECT c.decision_id FROM standards_certification c JOIN standards_certificationact a ON a.certification_id = c.id WHERE a.id = NEW.act_id))
        AND (d.decided_by_id = NEW.decided_by_id OR standards_took_part(d.audit_id, NEW.decided_by_id)
             OR EXISTS (SELECT 1 FROM standards_panelvote v WHERE v.audit_id = d.audit_id AND v.user_id = NEW.decided_by_id))
    ) OR NEW.decided_by_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM standards_certificationact a WHERE a.id = NEW.act_id AND NEW.decided_by_id IN (a.asked_by_id, a.decided_by_id)
    ) THEN
        PERFORM standards_refuse('Whoever had a part in it does not decide the appeal.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appeal_is_independent BEFORE INSERT OR UPDATE ON standards_certificationappeal FOR EACH ROW EXECUTE FUNCTION standards_appeal_is_independent();
