from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lifecycle", "0002_signed_content_is_frozen")]

    operations = [
        migrations.AddField("termversion", "operations", models.JSONField(blank=True, default=dict)),
        migrations.AddField("termversion", "links", models.JSONField(blank=True, default=list)),
    ]
