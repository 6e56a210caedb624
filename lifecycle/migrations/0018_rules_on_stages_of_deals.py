from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lifecycle", "0017_rules_on_owners"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="ruleversion", name="rule_event_known"),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("event__in", ["", "contact", "stage", "status", "owner", "deal", "advance"])
                ),
                name="rule_event_known",
            ),
        ),
        migrations.RemoveConstraint(model_name="ruleversion", name="rule_target_of_stage_or_status"),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("target", ""), ("event__in", ("stage", "status", "advance")), _connector="OR"
                ),
                name="rule_target_where_one_is_named",
            ),
        ),
    ]
