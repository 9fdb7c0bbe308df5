-- A finding goes its way step by step, and each step has its paper. Until submission the auditors still raise and take back.

CREATE FUNCTION standards_finding_way() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE seen text;
BEGIN
    IF NEW.state = OLD.state OR EXISTS (SELECT 1 FROM standards_audit WHERE id = OLD.audit_id AND standards_is_open(state)) THEN
        RETURN NEW;
    END IF;
    IF NOT (CASE OLD.state
        WHEN 'raised' THEN NEW.state IN ('disputed', 'plan_due')
        WHEN 'disputed' THEN NEW.state IN ('plan_due', 'raised', 'withdrawn')
        WHEN 'plan_due' THEN NEW.state = 'plan_submitted'
        WHEN 'plan_submitted' THEN NEW.state IN ('plan_accepted', 'plan_due')
        WHEN 'plan_accepted' THEN NEW.state = 'evidence_submitted'
        WHEN 'evidence_submitted' THEN NEW.state IN ('verified', 'plan_accepted')
        WHEN 'verified' THEN NEW.state IN ('effective', 'reopened')
        WHEN 'effective' THEN NEW.state = 'reopened'
        WHEN 'reopened' THEN NEW.state = 'plan_submitted'
        ELSE false END) THEN
        PERFORM standards_refuse(format('A finding does not go from %s to %s.', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'disputed' AND NOT EXISTS (SELECT 1 FROM standards_dispute WHERE finding_id = OLD.id AND outcome = '')
        OR NEW.state = 'plan_submitted' AND NOT EXISTS (SELECT 1 FROM standards_correctiveaction WHERE finding_id = OLD.id AND state = 'submitted')
        OR OLD.state = 'plan_submitted' AND EXISTS (SELECT 1 FROM standards_correctiveaction WHERE finding_id = OLD.id AND state = 'submitted')
        OR NEW.state = 'plan_accepted' AND NOT EXISTS (SELECT 1 FROM standards_correctiveaction WHERE finding_id = OLD.id AND state = 'accepted')
        OR NEW.state = 'evidence_submitted' AND NOT EXISTS (
            SELECT 1 FROM standards_submittedevidence WHERE finding_id = OLD.id AND removed_at IS NULL)
        OR OLD.state = 'disputed' AND EXISTS (SELECT 1 FROM standards_dispute WHERE finding_id = OLD.id AND outcome = '') THEN
        PERFORM standards_refuse('This step of a finding needs its paper.');
    END IF;
    IF NEW.state IN ('verified', 'effective') THEN
        SELECT kind || ' ' || outcome INTO seen FROM standards_verification WHERE finding_id = OLD.id ORDER BY id DESC LIMIT 1;
        IF seen IS DISTINCT FROM (CASE NEW.state WHEN 'verified' THEN 'correction accepted' ELSE 'effect accepted' END) THEN
            PERFORM standards_refuse('A finding is closed by a verification on record.');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER finding_way BEFORE UPDATE ON standards_finding FOR EACH ROW EXECUTE FUNCTION standards_finding_way();

-- Only nonconformities are verified, in their turn; the effect not before the edition's days have passed.
CREATE FUNCTION standards_verification_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE f record; seen date;
BEGIN
    SELECT x.state, x.grade, coalesce((e.rules -> 'deadlines' ->> 'effect_days')::int, 90) AS days INTO f
    FROM standards_finding x JOIN standards_audit a ON a.id = x.audit_id JOIN standards_edition e ON e.id = a.edition_id WHERE x.id = NEW.finding_id;
    IF f.state <> (CASE NEW.kind WHEN 'correction' THEN 'evidence_submitted' ELSE 'verified' END) THEN
        PERFORM standards_refuse('A correction is verified once its evidence is in, and its effect after that.');
    END IF;
    IF NEW.kind = 'effect' THEN
        SELECT max("on") INTO seen FROM standards_verification WHERE finding_id = NEW.finding_id AND kind = 'correction' AND outcome = 'accepted';
        IF NEW."on" < seen + f.days THEN
            PERFORM standards_refuse('The effect of a correction is looked at once its time has passed.');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER verification_in_turn BEFORE INSERT ON standards_verification FOR EACH ROW EXECUTE FUNCTION standards_verification_in_turn();

-- A dispute is decided by somebody without any part in the audit.
CREATE FUNCTION standards_dispute_is_independent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.decided_by_id IS NOT NULL AND standards_took_part((SELECT audit_id FROM standards_finding WHERE id = NEW.finding_id), NEW.decided_by_id) THEN
        PERFORM standards_refuse('Whoever took part in an audit does not decide a dispute about it.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dispute_is_independent BEFORE INSERT OR UPDATE ON standards_dispute FOR EACH ROW EXECUTE FUNCTION standards_dispute_is_independent();

-- A finding names its elements; raised by hand, its evidence too. What it names stays once the audit is submitted.
CREATE FUNCTION standards_finding_is_founded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF standards_is_open(OLD.state) AND NEW.state = 'submitted' AND EXISTS (
        SELECT 1 FROM standards_finding f WHERE f.audit_id = NEW.id AND (
            NOT EXISTS (SELECT 1 FROM standards_finding_elements x WHERE x.finding_id = f.id)
            OR f.raised_by_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM standards_finding_evidence x WHERE x.finding_id = f.id))
    ) THEN
        PERFORM standards_refuse('A finding names its elements and the evidence it rests on.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER finding_is_founded BEFORE UPDATE ON standards_audit FOR EACH ROW EXECUTE FUNCTION standards_finding_is_founded();

CREATE FUNCTION standards_finding_names_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM standards_finding f JOIN standards_audit a ON a.id = f.audit_id
        WHERE f.id = CASE TG_OP WHEN 'DELETE' THEN OLD.finding_id ELSE NEW.finding_id END AND NOT standards_is_open(a.state)
    ) THEN
        PERFORM standards_refuse('What a finding of a submitted audit rests on stays as it is.');
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER finding_names_frozen BEFORE INSERT OR UPDATE OR DELETE ON standards_finding_elements
    FOR EACH ROW EXECUTE FUNCTION standards_finding_names_frozen();
CREATE TRIGGER finding_names_frozen BEFORE INSERT OR UPDATE OR DELETE ON standards_finding_evidence
    FOR EACH ROW EXECUTE FUNCTION standards_finding_names_frozen();
