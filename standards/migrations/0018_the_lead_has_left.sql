-- The lead auditor recommends; another of the team, free of interest, where the lead is no auditor any more.
CREATE OR REPLACE FUNCTION standards_recommended_by_the_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM standards_audit WHERE id = NEW.audit_id FOR NO KEY UPDATE;
    IF NOT EXISTS (SELECT 1 FROM standards_audit a JOIN standards_auditreport r ON r.audit_id = a.id AND r.kind = 'final'
                   WHERE a.id = NEW.audit_id AND a.state = 'report') THEN
        PERFORM standards_refuse('The lead auditor recommends once the final report is issued.');
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM standards_teammember m WHERE m.audit_id = NEW.audit_id AND m.user_id = NEW.made_by_id AND (m.is_lead
            OR m.interest = false AND NOT EXISTS (
                SELECT 1 FROM standards_teammember l JOIN accounts_user u ON u.id = l.user_id
                WHERE l.audit_id = m.audit_id AND l.is_lead AND u.is_active AND standards_holds_role(l.user_id, 'auditor', NEW.made_at)))
    ) THEN
        PERFORM standards_refuse('The lead auditor recommends.');
    END IF;
    IF EXISTS (SELECT 1 FROM standards_panelvote WHERE audit_id = NEW.audit_id AND outcome <> 'interest'
               AND round = standards_round_of(NEW.audit_id)) THEN
        PERFORM standards_refuse('The panel has begun to vote on the recommendation before.');
    END IF;
    RETURN NEW;
END $$;
