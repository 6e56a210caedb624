from django.conf import settings
from django.db import migrations, models
from django.db.models import Max


def where_the_ledger_stood(apps, schema_editor):
    publications = apps.get_model("leads", "Publication").objects.filter(finished_at__isnull=False)
    ledger = apps.get_model("leads", "Transition").objects.all()
    for publication in publications:
        moves = ledger.filter(definition=publication.definition_id, at__lte=publication.finished_at)
        publication.ledger_until = moves.aggregate(last=Max("pk"))["last"] or 0
        publication.save(update_fields=["ledger_until"])


class Migration(migrations.Migration):
    """What is removed held no more than rows of the ledger, and not all of them."""

    dependencies = [
        ("leads", "0044_emails_spelled_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="transition",
            index=models.Index(
                condition=models.Q(("definition__isnull", False)),
                fields=["definition", "id"],
                name="transition_by_definition",
            ),
        ),
        migrations.DeleteModel(name="PublishedMove"),
        migrations.RemoveField(model_name="publication", name="moved_count"),
        migrations.AddField(
            model_name="publication", name="ledger_until", field=models.BigIntegerField(null=True)
        ),
        migrations.RunPython(where_the_ledger_stood, migrations.RunPython.noop, elidable=True),
    ]
