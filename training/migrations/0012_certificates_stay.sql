-- A certificate is never deleted, and what was printed and signed is never changed: only its state, with day and reason, and
-- its document. Revoked is for good; what was superseded can only be revoked.
CREATE FUNCTION training_keep_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'Certificates are never deleted' USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_stays';
    END IF;
    IF to_jsonb(NEW) - '{state,state_on,state_reason,document,drawn_at}'::text[]
       IS DISTINCT FROM to_jsonb(OLD) - '{state,state_on,state_reason,document,drawn_at}'::text[] THEN
        RAISE EXCEPTION 'Certificate % stays as it was issued', OLD.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_stays';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state = 'revoked' OR (OLD.state = 'superseded' AND NEW.state <> 'revoked')) THEN
        RAISE EXCEPTION 'Certificate % is % and does not become %', OLD.number, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificate_stays BEFORE UPDATE OR DELETE ON training_certificate
    FOR EACH ROW EXECUTE FUNCTION training_keep_certificate();
CREATE TRIGGER certificate_no_truncate BEFORE TRUNCATE ON training_certificate
    FOR EACH STATEMENT EXECUTE FUNCTION training_keep_certificate();
