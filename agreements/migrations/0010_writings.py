import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

# Who began a draft and who saved it last is known of those that are there.
KNOWN = """
INSERT INTO agreements_writing (agreement_id, user_id, saves, first_at, last_at)
SELECT id, person, 1, min(at), max(at) FROM (
    SELECT id, drafted_by_id AS person, drafted_at AS at FROM agreements_agreement WHERE NOT retires
    UNION ALL
    SELECT id, saved_by_id, saved_at FROM agreements_agreement WHERE NOT retires
) AS wrote WHERE person IS NOT NULL GROUP BY id, person
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agreements", "0009_signed_by_both"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Writing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("saves", models.PositiveIntegerField(default=1)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                (
                    "agreement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="writings",
                        to="agreements.agreement",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("first_at", "pk"),
                "constraints": [
                    models.UniqueConstraint(fields=("agreement", "user"), name="writing_once_a_person"),
                    models.CheckConstraint(
                        condition=Q(saves__gt=0, last_at__gte=F("first_at")), name="writing_in_order"
                    ),
                ],
            },
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
