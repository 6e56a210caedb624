from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0034_replayed_on_from_retired"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="playbookrun",
            name="run_passes_after_its_limit",
        ),
        migrations.AlterField(
            model_name="playbookrun",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("told", "its people were told"),
                    ("status", "it took the status that is agreed"),
                    ("held", "a rule of the rulebook kept it from the status"),
                    ("asked", "the status has come to ask for a reason or a day that nobody gave"),
                ],
                db_default="",
                default="",
                max_length=6,
            ),
        ),
        migrations.AddConstraint(
            model_name="playbookrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", ""), ("passed_at", None)),
                    models.Q(
                        ("passed_at__gte", models.F("promote_by")),
                        ("outcome__in", ["told", "status", "held", "asked"]),
                    ),
                    _connector="OR",
                ),
                name="run_passes_after_its_limit",
            ),
        ),
    ]
