-- A finding never gets heavier because it was disputed: an audit certified meanwhile would have an open major.
CREATE FUNCTION standards_dispute_lightens() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE weights text[] := '{major,minor,observation}';
BEGIN
    IF NEW.outcome = 'regraded' AND coalesce(array_position(weights, NEW.grade::text)
        <= array_position(weights, (SELECT grade::text FROM standards_finding WHERE id = NEW.finding_id)), true) THEN
        PERFORM standards_refuse('A dispute gives a finding a lighter grade only.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dispute_lightens BEFORE INSERT OR UPDATE ON standards_dispute FOR EACH ROW EXECUTE FUNCTION standards_dispute_lightens();
