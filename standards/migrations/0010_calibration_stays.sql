-- A calibration case stays as it was opened, an answer as it was given while the case was open.

CREATE FUNCTION standards_calibration_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN PERFORM standards_refuse('A calibration case that was opened is not deleted.'); END IF;
        RETURN OLD;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (('draft', 'open'), ('open', 'closed'))
        OR OLD.state <> 'draft' AND NEW.edition_id <> OLD.edition_id THEN
        PERFORM standards_refuse('A calibration case goes from draft to open to closed.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER calibration_way BEFORE UPDATE OR DELETE ON standards_calibration FOR EACH ROW EXECUTE FUNCTION standards_calibration_way();

CREATE FUNCTION standards_calibration_item_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM standards_calibration WHERE state <> 'draft'
            AND id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.calibration_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.calibration_id END)
    ) THEN
        PERFORM standards_refuse('A calibration case stays as it was opened.');
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER calibration_item_frozen BEFORE INSERT OR UPDATE OR DELETE ON standards_calibrationitem
    FOR EACH ROW EXECUTE FUNCTION standards_calibration_item_frozen();

CREATE FUNCTION standards_calibration_answer_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM standards_refuse('An answer to a calibration case stays as it was given.'); END IF;
    IF NOT EXISTS (
        SELECT 1 FROM standards_calibration c JOIN standards_calibrationitem i ON i.calibration_id = c.id WHERE i.id = NEW.item_id AND c.state = 'open' FOR SHARE OF c
    ) THEN
        PERFORM standards_refuse('A calibration case is rated while it is open.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER calibration_answer_stays BEFORE INSERT OR UPDATE OR DELETE ON standards_calibrationanswer
    FOR EACH ROW EXECUTE FUNCTION standards_calibration_answer_stays();
