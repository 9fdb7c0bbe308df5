-- What must never be, whoever writes: a published edition edited, a submitted audit rewritten, an auditor deciding the own audit.

CREATE FUNCTION standards_refuse(sentence text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', sentence USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- A published or retired edition: only its retirement is written.
CREATE FUNCTION standards_edition_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN PERFORM standards_refuse('A published edition is not deleted.'); END IF;
        RETURN OLD;
    END IF;
    IF OLD.state <> 'draft' THEN
        IF (to_jsonb(NEW) - '{state,retired_on}'::text[]) <> (to_jsonb(OLD) - '{state,retired_on}'::text[])
            OR NOT (NEW.state = 'retired' OR NEW.state = OLD.state)
            OR (OLD.state = 'retired' AND NEW.retired_on IS DISTINCT FROM OLD.retired_on) THEN
            PERFORM standards_refuse('A published edition is not edited; a new one is published.');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER edition_frozen BEFORE UPDATE OR DELETE ON standards_edition FOR EACH ROW EXECUTE FUNCTION standards_edition_frozen();

CREATE FUNCTION standards_text_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE frozen boolean;
BEGIN
    IF TG_TABLE_NAME = 'standards_principle' THEN
        SELECT bool_or(e.state <> 'draft') INTO frozen FROM standards_edition e
        WHERE e.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.edition_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.edition_id END);
    ELSIF TG_TABLE_NAME = 'standards_criterion' THEN
        SELECT bool_or(e.state <> 'draft') INTO frozen FROM standards_principle p JOIN standards_edition e ON e.id = p.edition_id
        WHERE p.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.principle_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.principle_id END);
    ELSE
        SELECT bool_or(e.state <> 'draft') INTO frozen FROM standards_criterion c
        JOIN standards_principle p ON p.id = c.principle_id JOIN standards_edition e ON e.id = p.edition_id
        WHERE c.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.criterion_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.criterion_id END);
    END IF;
    IF frozen THEN PERFORM standards_refuse('A published edition is not edited; a new one is published.'); END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER principle_frozen BEFORE INSERT OR UPDATE OR DELETE ON standards_principle FOR EACH ROW EXECUTE FUNCTION standards_text_frozen();
CREATE TRIGGER criterion_frozen BEFORE INSERT OR UPDATE OR DELETE ON standards_criterion FOR EACH ROW EXECUTE FUNCTION standards_text_frozen();
CREATE TRIGGER element_frozen BEFORE INSERT OR UPDATE OR DELETE ON standards_element FOR EACH ROW EXECUTE FUNCTION standards_text_frozen();

-- A submitted audit: its result, subject and edition stand for ever; it never goes back.
CREATE FUNCTION standards_audit_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('submitted', 'decided', 'lapsed') THEN
        IF TG_OP = 'DELETE' THEN PERFORM standards_refuse('A submitted audit is not deleted.'); END IF;
        IF (to_jsonb(NEW) - 'state') <> (to_jsonb(OLD) - 'state') THEN PERFORM standards_refuse('A submitted audit is not changed.'); END IF;
        IF NEW.state <> OLD.state AND NOT (OLD.state = 'submitted' AND NEW.state IN ('decided', 'lapsed')) THEN
            PERFORM standards_refuse('A submitted audit does not go back.');
        END IF;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER audit_frozen BEFORE UPDATE OR DELETE ON standards_audit FOR EACH ROW EXECUTE FUNCTION standards_audit_frozen();

-- Ratings and evidence of a submitted audit. The shared lock waits for a submission under way and sees how it ended.
CREATE FUNCTION standards_sheet_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE submitted boolean;
BEGIN
    SELECT bool_or(locked.state NOT IN ('planned', 'stage_2')) INTO submitted FROM (
        SELECT a.state FROM standards_audit a JOIN standards_auditsite s ON s.audit_id = a.id
        WHERE s.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.site_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.site_id END)
        FOR SHARE OF a
    ) locked;
    IF submitted THEN PERFORM standards_refuse('The sheet of a submitted audit is not changed.'); END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER rating_frozen BEFORE INSERT OR UPDATE OR DELETE ON standards_rating FOR EACH ROW EXECUTE FUNCTION standards_sheet_frozen();
CREATE TRIGGER evidence_frozen BEFORE INSERT OR UPDATE OR DELETE ON standards_evidence FOR EACH ROW EXECUTE FUNCTION standards_sheet_frozen();

CREATE FUNCTION standards_site_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE submitted boolean;
BEGIN
    SELECT bool_or(locked.state NOT IN ('planned', 'stage_2')) INTO submitted FROM (
        SELECT state FROM standards_audit
        WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.audit_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.audit_id END) FOR SHARE
    ) locked;
    IF submitted THEN PERFORM standards_refuse('The sites of a submitted audit are not changed.'); END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER site_frozen BEFORE INSERT OR UPDATE OR DELETE ON standards_auditsite FOR EACH ROW EXECUTE FUNCTION standards_site_frozen();

-- A finding of a submitted audit is answered and closed, never deleted or reworded.
CREATE FUNCTION standards_finding_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM standards_audit WHERE id = OLD.audit_id AND state NOT IN ('planned', 'stage_2')) THEN
        IF TG_OP = 'DELETE' THEN PERFORM standards_refuse('A finding of a submitted audit is not deleted.'); END IF;
        IF (to_jsonb(NEW) - '{state,due_on}'::text[]) <> (to_jsonb(OLD) - '{state,due_on}'::text[]) THEN
            PERFORM standards_refuse('A finding of a submitted audit is not reworded.');
        END IF;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER finding_frozen BEFORE UPDATE OR DELETE ON standards_finding FOR EACH ROW EXECUTE FUNCTION standards_finding_frozen();

-- Whoever took part in an audit does not decide it: on its team, or rated, gathered evidence or submitted.
-- Both triggers lock the audit, so that of a decision and a naming at the same moment the later one sees the earlier.
CREATE FUNCTION standards_took_part(audit bigint, person bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM standards_teammember WHERE audit_id = audit AND user_id = person)
        OR EXISTS (SELECT 1 FROM standards_audit WHERE id = audit AND submitted_by_id = person)
        OR EXISTS (SELECT 1 FROM standards_rating r JOIN standards_auditsite s ON s.id = r.site_id
                   WHERE s.audit_id = audit AND person IN (r.rated_by_id, r.na_approved_by_id))
        OR EXISTS (SELECT 1 FROM standards_evidence e JOIN standards_auditsite s ON s.id = e.site_id
                   WHERE s.audit_id = audit AND e.added_by_id = person)
$$;

CREATE FUNCTION standards_decider_is_independent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN PERFORM standards_refuse('A decision is not deleted.'); END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) <> to_jsonb(OLD) THEN
        IF NEW.decided_by_id <> OLD.decided_by_id AND standards_took_part(NEW.audit_id, NEW.decided_by_id) THEN
            PERFORM standards_refuse('Whoever took part in an audit does not decide it.');
        END IF;
        PERFORM standards_refuse('A decision is not edited.');
    END IF;
    PERFORM 1 FROM standards_audit WHERE id = NEW.audit_id FOR NO KEY UPDATE;
    IF standards_took_part(NEW.audit_id, NEW.decided_by_id) THEN
        PERFORM standards_refuse('Whoever took part in an audit does not decide it.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decider_is_independent BEFORE INSERT OR UPDATE OR DELETE ON standards_decision
    FOR EACH ROW EXECUTE FUNCTION standards_decider_is_independent();

CREATE FUNCTION standards_member_did_not_decide() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND EXISTS (SELECT 1 FROM standards_audit WHERE id = OLD.audit_id AND state NOT IN ('planned', 'stage_2')) THEN
        PERFORM standards_refuse('The team of a submitted audit is not changed.');
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    PERFORM 1 FROM standards_audit WHERE id = NEW.audit_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM standards_decision WHERE audit_id = NEW.audit_id AND decided_by_id = NEW.user_id) THEN
        PERFORM standards_refuse('Whoever decided an audit does not join its team.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER member_did_not_decide BEFORE INSERT OR UPDATE OR DELETE ON standards_teammember
    FOR EACH ROW EXECUTE FUNCTION standards_member_did_not_decide();

-- What a certificate says stands as printed; only its state moves.
CREATE FUNCTION standards_certification_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN PERFORM standards_refuse('A certification is not deleted.'); END IF;
    IF (to_jsonb(NEW) - '{state,state_on,state_reason}'::text[]) <> (to_jsonb(OLD) - '{state,state_on,state_reason}'::text[]) THEN
        PERFORM standards_refuse('A certification is not edited; it is suspended or withdrawn.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certification_frozen BEFORE UPDATE OR DELETE ON standards_certification
    FOR EACH ROW EXECUTE FUNCTION standards_certification_frozen();
