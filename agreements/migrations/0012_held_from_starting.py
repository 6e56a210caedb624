from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0011_no_unsigned_insert")]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="held_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("held_since", None),
                    models.Q(("held_since__gte", models.F("starts_at")), ("starts_at__isnull", False)),
                    _connector="OR",
                ),
                name="agreement_held_from_its_start",
            ),
        ),
    ]
