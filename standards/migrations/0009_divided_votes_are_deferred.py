from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION standards_decision_has_quorum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE votes integer; mine integer; refusals integer;
BEGIN
    SELECT count(*) FILTER (WHERE outcome <> 'interest'), count(*) FILTER (WHERE outcome = NEW.outcome), count(*) FILTER (WHERE outcome = 'refuse')
    INTO votes, mine, refusals FROM standards_panelvote WHERE audit_id = NEW.audit_id AND round = NEW.round;
    IF votes < NEW.quorum OR mine * 2 <= votes AND {unless} THEN
        PERFORM standards_refuse('A decision needs its quorum, and most of the votes.');
    END IF;
    IF NEW.quorum < coalesce((SELECT (e.rules -> 'panel' ->> 'quorum')::int FROM standards_edition e JOIN standards_audit a ON a.edition_id = e.id WHERE a.id = NEW.audit_id), 1) THEN
        PERFORM standards_refuse('The edition says what quorum a decision needs.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM standards_audit WHERE id = NEW.audit_id AND state = 'report') THEN
        PERFORM standards_refuse('An audit is decided once its report is issued and reviewed.');
    END IF;
    RETURN NEW;
END $$;
"""
# Divided votes, or votes for what cannot be done any more, end in a deferral; a majority to refuse does not.
DEFERRED = FUNCTION.replace("{unless}", "NOT (NEW.outcome = 'defer' AND refusals * 2 <= votes)")


class Migration(migrations.Migration):
    dependencies = [("standards", "0008_standing")]
    operations = [migrations.RunSQL(DEFERRED, FUNCTION.replace("{unless}", "true"))]
