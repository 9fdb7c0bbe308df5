-- What was recorded is not emptied away either, and no renewal passes over a major left open by the surveillance before it.

CREATE FUNCTION standards_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM standards_refuse('What was recorded of an audit or a certification is not emptied.');
    RETURN NULL;
END $$;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['edition', 'element', 'audit', 'rating', 'evidence', 'submittedevidence', 'selfrating', 'finding', 'verification',
        'rerating', 'auditreport', 'reportaddendum', 'panelvote', 'decision', 'certification', 'certificationevent', 'certificationact'] LOOP
        EXECUTE format('CREATE TRIGGER %s_no_truncate BEFORE TRUNCATE ON standards_%s FOR EACH STATEMENT EXECUTE FUNCTION standards_not_emptied()', name, name);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION standards_certified_without_majors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM standards_decision d JOIN standards_audit a ON a.id = d.audit_id
        JOIN standards_audit same ON same.id = a.id OR same.certification_id = a.certification_id
        JOIN standards_finding f ON f.audit_id = same.id
        WHERE d.id = NEW.decision_id AND f.grade = 'major' AND f.state NOT IN ('verified', 'effective', 'withdrawn')
            AND same.state NOT IN ('planned', 'self_assessment', 'stage_1', 'stage_2', 'cancelled', 'lapsed')
    ) THEN
        PERFORM standards_refuse('Nothing is certified while a major nonconformity is open.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM standards_decision WHERE id = NEW.decision_id AND outcome = 'certify') THEN
        PERFORM standards_refuse('A certification follows a decision to certify.');
    END IF;
    RETURN NEW;
END $$;
