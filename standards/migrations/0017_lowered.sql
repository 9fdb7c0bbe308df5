-- A level is lowered by an act that says from which to which, and comes back by an appeal against that act alone.

CREATE FUNCTION standards_level_moves(held bigint, name text, old text, new text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM standards_certificationact t WHERE t.certification_id = held AND t.kind = 'lower' AND t.state = 'done' AND (
            t.levels -> name ->> 0 = old AND t.levels -> name ->> 1 = new
            OR t.levels -> name ->> 1 = old AND t.levels -> name ->> 0 = new
                AND EXISTS (SELECT 1 FROM standards_certificationappeal p WHERE p.act_id = t.id AND p.state = 'upheld')))
$$;

CREATE FUNCTION standards_level_rank(level text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT array_position(ARRAY['certified', 'commended', 'excellence'], level)
$$;

-- A lowering follows from an audit that watched over the certification and was decided for it, and goes down.
CREATE FUNCTION standards_lowering_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM standards_audit a JOIN standards_decision d ON d.audit_id = a.id AND d.outcome = 'certify'
                   WHERE a.id = NEW.audit_id AND a.certification_id = NEW.certification_id AND a.kind IN ('surveillance', 'short_notice'))
        OR NEW.levels -> 'certificate' IS NULL
        OR EXISTS (SELECT 1 FROM jsonb_each(NEW.levels) AS l (name, moved)
                   WHERE (standards_level_rank(moved ->> 1) < standards_level_rank(moved ->> 0)) IS NOT TRUE) THEN
        PERFORM standards_refuse('A level is lowered after an audit that watched over the certification, and to a lower one.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lowering_follows BEFORE INSERT ON standards_certificationact FOR EACH ROW WHEN (NEW.kind = 'lower')
    EXECUTE FUNCTION standards_lowering_follows();

-- What a certificate says stands as printed, but for its level, with which it is signed anew.
CREATE OR REPLACE FUNCTION standards_certification_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moves text[] := '{state,state_on,state_reason,suspended_until,document,drawn_at}';
BEGIN
    IF TG_OP = 'DELETE' THEN PERFORM standards_refuse('A certification is not deleted.'); END IF;
    IF NEW.level <> OLD.level AND standards_level_moves(NEW.id, 'certificate', OLD.level, NEW.level) THEN
        moves := moves || '{level,key_id,payload}';
    END IF;
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

CREATE OR REPLACE FUNCTION standards_certified_site_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moves text[] := '{left_on,left_reason}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.level <> OLD.level AND standards_level_moves(NEW.certification_id, NEW.id::text, OLD.level, NEW.level) THEN
            moves := moves || '{level}';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - moves) <> (to_jsonb(OLD) - moves) THEN
        PERFORM standards_refuse('The places of a certificate stand as printed; one may leave the scope.');
    END IF;
    RETURN NEW;
END $$;

-- At the end of the transaction, every change of level has its event in the public history.
CREATE FUNCTION standards_level_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM standards_certificationevent v JOIN standards_certificationact t ON t.id = v.act_id
        WHERE v.certification_id = NEW.id AND t.kind = 'lower'
            AND (v.kind = 'lowered' AND t.levels -> 'certificate' ->> 1 = NEW.level OR v.kind = 'restored' AND t.levels -> 'certificate' ->> 0 = NEW.level)
    ) THEN
        PERFORM standards_refuse('A change of level is told in the register.');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER level_is_told AFTER UPDATE ON standards_certification DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.level IS DISTINCT FROM NEW.level) EXECUTE FUNCTION standards_level_is_told();
