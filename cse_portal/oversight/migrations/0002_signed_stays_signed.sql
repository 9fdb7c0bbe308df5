-- A signed return stays as signed, and a restatement restates a signed return of the same MDA and quarter.
CREATE FUNCTION oversight_keep_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'A quarterly return is not deleted.' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'signed' THEN
        RAISE EXCEPTION 'A signed return stays as signed.' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.restates_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM oversight_quarterlyreturn r
        WHERE r.id = NEW.restates_id AND r.state = 'signed' AND r.organisation_id = NEW.organisation_id AND r.quarter_ends = NEW.quarter_ends
    ) THEN
        RAISE EXCEPTION 'A restatement restates a signed return of the same MDA and quarter.' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER return_stays_signed BEFORE INSERT OR UPDATE OR DELETE ON oversight_quarterlyreturn
    FOR EACH ROW EXECUTE FUNCTION oversight_keep_return();

-- A target is superseded, never edited: its one permitted change is to say when it ceased to stand, once.
CREATE FUNCTION oversight_keep_target() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.superseded_at IS NULL AND (to_jsonb(NEW) - 'superseded_at') = (to_jsonb(OLD) - 'superseded_at') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A target is superseded, never changed or deleted.' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER target_is_kept BEFORE UPDATE OR DELETE ON oversight_target FOR EACH ROW EXECUTE FUNCTION oversight_keep_target();
