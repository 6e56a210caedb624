from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0033_replay_reach")]

    operations = [
        migrations.AlterField(
            model_name="replayedcontact",
            name="did_by",
            field=models.CharField(
                blank=True,
                choices=[
                    ("person", "by a person"),
                    ("rule", "by a definition in force"),
                    ("import", "by an import"),
                    ("api", "by another system"),
                    ("retired", "on from a retired stage"),
                ],
                max_length=8,
            ),
        ),
    ]
