-- Whoever verifies a correction, looks at its effect or decides a dispute has no interest in the MDA, up to that day.

CREATE FUNCTION standards_verifier_is_impartial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM standards_refuse_interest((SELECT audit_id FROM standards_finding WHERE id = NEW.finding_id), NEW.verified_by_id, NEW."on");
    RETURN NEW;
END $$;
CREATE TRIGGER verifier_without_interest BEFORE INSERT ON standards_verification
    FOR EACH ROW EXECUTE FUNCTION standards_verifier_is_impartial();

CREATE FUNCTION standards_dispute_is_impartial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.decided_by_id IS NOT NULL THEN
        PERFORM standards_refuse_interest((SELECT audit_id FROM standards_finding WHERE id = NEW.finding_id), NEW.decided_by_id,
            (NEW.decided_at AT TIME ZONE 'Africa/Nairobi')::date);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dispute_without_interest BEFORE INSERT OR UPDATE ON standards_dispute
    FOR EACH ROW EXECUTE FUNCTION standards_dispute_is_impartial();
