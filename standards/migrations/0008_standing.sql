-- The standing of a certification: an act is answered once, its places leave once, and no state changes untold.

-- Withdrawn or renewed is for good; a withdrawal is undone only by an appeal that is upheld, or that holds its effect.
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
        WHEN 'withdrawn' THEN NEW.state IN ('in_force', 'suspended') AND EXISTS (
            SELECT 1 FROM standards_certificationappeal p JOIN standards_certificationact a ON a.id = p.act_id
            WHERE a.certification_id = NEW.id AND a.kind = 'withdraw' AND a.state = 'done'
                AND (p.state = 'upheld' OR p.state = 'lodged' AND p.effect_suspended))
        ELSE false END) THEN
        PERFORM standards_refuse(format('A certification does not go from %s to %s.', OLD.state, NEW.state));
    END IF;
    IF NEW.state <> OLD.state AND NEW.state_on IS NULL THEN
        PERFORM standards_refuse('A change of standing has its day.');
    END IF;
    RETURN NEW;
END $$;

-- At the end of the transaction, every change of state has its event in the public history.
CREATE FUNCTION standards_standing_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM standards_certificationevent WHERE certification_id = NEW.id AND before = OLD.state AND after = NEW.state
            AND "on" = NEW.state_on
    ) THEN
        PERFORM standards_refuse('A change of standing is told in the register.');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER standing_is_told AFTER UPDATE ON standards_certification DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION standards_standing_is_told();

-- What was asked stays as it was asked, and is answered once.
CREATE FUNCTION standards_act_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE answer text[] := '{state,decided_by_id,decided_at,decision_reason}';
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'asked' OR (to_jsonb(NEW) - answer) <> (to_jsonb(OLD) - answer) THEN
        PERFORM standards_refuse('What was asked stays as it was asked, and is answered once.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER act_answered_once BEFORE UPDATE OR DELETE ON standards_certificationact
    FOR EACH ROW EXECUTE FUNCTION standards_act_answered_once();

-- The places of a certificate stand as printed; one may leave the scope.
CREATE FUNCTION standards_certified_site_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moves text[] := '{left_on,left_reason}';
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - moves) <> (to_jsonb(OLD) - moves) THEN
        PERFORM standards_refuse('The places of a certificate stand as printed; one may leave the scope.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certified_site_frozen BEFORE UPDATE OR DELETE ON standards_certificationsite
    FOR EACH ROW EXECUTE FUNCTION standards_certified_site_frozen();

-- What a surveillance looks at was drawn once.
CREATE FUNCTION standards_surveillance_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moves text[] := '{state,audit_id}';
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - moves) <> (to_jsonb(OLD) - moves) OR OLD.state = 'passed' AND NEW.state <> 'passed' THEN
        PERFORM standards_refuse('A surveillance keeps what was drawn for it.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER surveillance_frozen BEFORE UPDATE OR DELETE ON standards_surveillance
    FOR EACH ROW EXECUTE FUNCTION standards_surveillance_frozen();

-- The history of certifications made before it was kept.
INSERT INTO standards_certificationevent (certification_id, kind, "on", recorded_at, public_text, before, after)
SELECT id, 'awarded', issued_on, now(), '', '', 'in_force' FROM standards_certification ORDER BY issued_on, id;
INSERT INTO standards_certificationevent (certification_id, kind, "on", recorded_at, public_text, before, after)
SELECT id, CASE state WHEN 'replaced' THEN 'renewed' ELSE state END, coalesce(state_on, issued_on), now(), '', 'in_force', state
FROM standards_certification WHERE state <> 'in_force' ORDER BY state_on, id;
UPDATE standards_certification SET suspended_until = (state_on + interval '6 months')::date
WHERE state = 'suspended' AND suspended_until IS NULL AND state_on IS NOT NULL;
