-- Ways round the rules before: a part in an audit without a trace on its sheet, a re-rating borrowed from elsewhere, a certification
-- of an audit that did not look at everything, an act or an appeal decided by those whose audit led to it.

-- Who took part: as before, and whoever rated in conflict or settled it, raised a finding or recorded a meeting.
CREATE OR REPLACE FUNCTION standards_took_part(audit bigint, person bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM standards_teammember WHERE audit_id = audit AND user_id = person)
        OR EXISTS (SELECT 1 FROM standards_audit WHERE id = audit AND submitted_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_rating r JOIN standards_auditsite s ON s.id = r.site_id
                   WHERE s.audit_id = audit AND person IN (r.rated_by_id, r.na_approved_by_id))
        OR EXISTS (SELECT 1 FROM standards_evidence e JOIN standards_auditsite s ON s.id = e.site_id
                   WHERE s.audit_id = audit AND e.added_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_ratingconflict c JOIN standards_auditsite s ON s.id = c.site_id
                   WHERE s.audit_id = audit AND person IN (c.made_by_id, c.settled_by_id))
        OR EXISTS (SELECT 1 FROM standards_finding WHERE audit_id = audit AND raised_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_meeting WHERE audit_id = audit AND recorded_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_stage1review WHERE audit_id = audit AND reviewed_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_recommendation WHERE audit_id = audit AND made_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_verification v JOIN standards_finding f ON f.id = v.finding_id
                   WHERE f.audit_id = audit AND v.verified_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_technicalreview WHERE audit_id = audit AND reviewed_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_application WHERE audit_id = audit AND applied_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_selfassessment WHERE audit_id = audit AND submitted_by_id = person)
$$;

-- Whether a person took part in the audit that led to a certification or in one that watched over it.
CREATE FUNCTION standards_took_part_in_any(certification bigint, person bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_or(standards_took_part(a.id, person)), false) FROM standards_audit a
    WHERE a.certification_id = certification
        OR a.id = (SELECT d.audit_id FROM standards_certification c JOIN standards_decision d ON d.id = c.decision_id WHERE c.id = certification)
$$;

-- A re-rating lifts an element that the verified finding names, where it was found.
CREATE FUNCTION standards_re_rating_of_its_finding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM standards_verification v JOIN standards_finding f ON f.id = v.finding_id
        JOIN standards_finding_elements x ON x.finding_id = f.id
        WHERE v.id = NEW.verification_id AND v.kind = 'correction' AND f.site_id = NEW.site_id AND x.element_id = NEW.element_id
    ) THEN
        PERFORM standards_refuse('A re-rating lifts an element of the finding that was corrected.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER re_rating_of_its_finding BEFORE INSERT ON standards_rerating
    FOR EACH ROW EXECUTE FUNCTION standards_re_rating_of_its_finding();

-- What is certified was audited for it, element by element.
CREATE FUNCTION standards_certified_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM standards_decision d JOIN standards_audit a ON a.id = d.audit_id
        WHERE d.id = NEW.decision_id AND a.kind IN ('certification', 'recertification') AND a.organisation_id = NEW.organisation_id
            AND a.centre_id IS NOT DISTINCT FROM NEW.centre_id
    ) THEN
        PERFORM standards_refuse('A certification follows an audit for certification of the same office.');
    END IF;
    IF EXISTS (
        SELECT 1 FROM standards_decision d JOIN standards_audit a ON a.id = d.audit_id JOIN standards_auditsite s ON s.audit_id = a.id
        JOIN standards_element e ON e.applies_to IN ('both', CASE WHEN s.centre_id IS NULL THEN 'mda' ELSE 'centre' END)
        JOIN standards_criterion c ON c.id = e.criterion_id JOIN standards_principle p ON p.id = c.principle_id AND p.edition_id = a.edition_id
        WHERE d.id = NEW.decision_id AND NOT EXISTS (SELECT 1 FROM standards_rating r WHERE r.site_id = s.id AND r.element_id = e.id)
    ) THEN
        PERFORM standards_refuse('Nothing is certified with an element that was not rated.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certified_whole BEFORE INSERT ON standards_certification FOR EACH ROW EXECUTE FUNCTION standards_certified_whole();

-- An act is decided by somebody who took part in none of the audits behind it.
CREATE FUNCTION standards_act_is_independent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.decided_by_id IS NOT NULL AND standards_took_part_in_any(NEW.certification_id, NEW.decided_by_id) THEN
        PERFORM standards_refuse('Whoever took part in an audit does not decide what follows from it.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER act_is_independent BEFORE INSERT OR UPDATE ON standards_certificationact
    FOR EACH ROW EXECUTE FUNCTION standards_act_is_independent();

-- An appeal against an act also: nobody of the audits that watched over the certification, nor who voted or decided there to refuse.
CREATE FUNCTION standards_appeal_of_uninvolved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held bigint := (SELECT certification_id FROM standards_certificationact WHERE id = NEW.act_id);
BEGIN
    IF NEW.decided_by_id IS NOT NULL AND held IS NOT NULL AND (
        standards_took_part_in_any(held, NEW.decided_by_id)
        OR EXISTS (SELECT 1 FROM standards_panelvote v JOIN standards_audit a ON a.id = v.audit_id
                   WHERE a.certification_id = held AND v.user_id = NEW.decided_by_id AND v.outcome = 'refuse')
        OR EXISTS (SELECT 1 FROM standards_decision d JOIN standards_audit a ON a.id = d.audit_id
                   WHERE a.certification_id = held AND d.decided_by_id = NEW.decided_by_id AND d.outcome = 'refuse')
    ) THEN
        PERFORM standards_refuse('Whoever had a part in it does not decide the appeal.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appeal_of_uninvolved BEFORE INSERT OR UPDATE ON standards_certificationappeal
    FOR EACH ROW EXECUTE FUNCTION standards_appeal_of_uninvolved();
