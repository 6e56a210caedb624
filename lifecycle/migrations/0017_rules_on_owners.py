from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lifecycle", "0015_consulted_and_informed"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="ruleversion", name="rule_event_known"),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("event__in", ["", "contact", "stage", "status", "owner", "deal"])),
                name="rule_event_known",
            ),
        ),
    ]
