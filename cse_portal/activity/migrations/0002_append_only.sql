-- The trail is only ever added to. An entry's one permitted change is to receive its seal, once.
CREATE FUNCTION activity_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'activity_entry' THEN
        IF OLD.seal_id IS NULL AND NEW.seal_id IS NOT NULL AND (to_jsonb(NEW) - 'seal_id') = (to_jsonb(OLD) - 'seal_id') THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'The trail is append-only: % on % is refused.', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON activity_entry FOR EACH ROW EXECUTE FUNCTION activity_refuse_change();
CREATE TRIGGER entry_no_truncate BEFORE TRUNCATE ON activity_entry FOR EACH STATEMENT EXECUTE FUNCTION activity_refuse_change();
CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE ON activity_seal FOR EACH ROW EXECUTE FUNCTION activity_refuse_change();
CREATE TRIGGER seal_no_truncate BEFORE TRUNCATE ON activity_seal FOR EACH STATEMENT EXECUTE FUNCTION activity_refuse_change();
