from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activity", "0002_append_only")]
    operations = [
        migrations.AddField(
            "seal",
            "content",
            models.BinaryField(default=b"", help_text="SHA-256 of each row, 32 bytes each, in the order of entry_ids: tells which row differs"),
            preserve_default=False,
        ),
    ]
