from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lifecycle", "0009_retired_procedures"),
    ]

    operations = [
        migrations.AddField(
            model_name="field",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
    ]
