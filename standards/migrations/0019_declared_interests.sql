-- Whoever declared an interest stays out of what becomes of the certification as well.

CREATE FUNCTION standards_declared_in_any(certification bigint, person bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM standards_panelvote v JOIN standards_audit a ON a.id = v.audit_id
        WHERE v.user_id = person AND v.outcome = 'interest' AND (a.certification_id = certification
            OR a.id = (SELECT d.audit_id FROM standards_certification c JOIN standards_decision d ON d.id = c.decision_id WHERE c.id = certification)))
$$;

CREATE FUNCTION standards_decider_declared_none() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF standards_declared_in_any(NEW.certification_id, NEW.decided_by_id) THEN
        PERFORM standards_refuse('Whoever declared an interest does not decide.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decider_declared_none BEFORE INSERT OR UPDATE OF decided_by_id ON standards_certificationact
    FOR EACH ROW WHEN (NEW.decided_by_id IS NOT NULL) EXECUTE FUNCTION standards_decider_declared_none();

CREATE FUNCTION standards_appeal_judge_declared_none() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF standards_declared_in_any((SELECT certification_id FROM standards_certificationact WHERE id = NEW.act_id), NEW.decided_by_id) THEN
        PERFORM standards_refuse('Whoever declared an interest does not decide.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appeal_judge_declared_none BEFORE INSERT OR UPDATE OF decided_by_id ON standards_certificationappeal
    FOR EACH ROW WHEN (NEW.decided_by_id IS NOT NULL AND NEW.act_id IS NOT NULL) EXECUTE FUNCTION standards_appeal_judge_declared_none();
