from django.db import migrations

SQL = """
CREATE FUNCTION standards_figure_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - 'replaced_by_id') <> (to_jsonb(OLD) - 'replaced_by_id') THEN
        PERFORM standards_refuse('A measured figure is corrected by a new row.');
    END IF;
    IF OLD.replaced_by_id IS NOT NULL AND OLD.replaced_by_id <> OLD.id AND NEW.replaced_by_id IS DISTINCT FROM OLD.replaced_by_id THEN
        PERFORM standards_refuse('A measured figure is corrected once; what corrected it is corrected next.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER figure_stays BEFORE UPDATE OR DELETE ON standards_measuredfigure FOR EACH ROW EXECUTE FUNCTION standards_figure_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("standards", "0011_verifiers_without_interest")]
    operations = [migrations.RunSQL(SQL, "DROP FUNCTION standards_figure_stays CASCADE;")]
