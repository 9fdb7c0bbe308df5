-- Raised by hand, a finding names its elements and its evidence in the same transaction, or is not kept.

CREATE FUNCTION standards_by_hand_is_founded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM standards_finding WHERE id = NEW.id AND raised_by_id IS NOT NULL) AND (
        NOT EXISTS (SELECT 1 FROM standards_finding_elements WHERE finding_id = NEW.id)
        OR NOT EXISTS (SELECT 1 FROM standards_finding_evidence WHERE finding_id = NEW.id)
    ) THEN
        PERFORM standards_refuse('A finding names its elements and the evidence it rests on.');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER by_hand_is_founded AFTER INSERT ON standards_finding DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.raised_by_id IS NOT NULL) EXECUTE FUNCTION standards_by_hand_is_founded();
