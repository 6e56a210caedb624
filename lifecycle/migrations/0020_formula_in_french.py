from django.db import migrations, models


class Migration(migrations.Migration):
    """What is signed stays as it is: its French formula is empty, and no part of what was hashed."""

    dependencies = [("lifecycle", "0019_rules_on_messages")]

    operations = [
        migrations.AddField(
            "termversion",
            "formula_fr",
            models.CharField(
                blank=True, db_default="", default="", max_length=300, verbose_name="formula in French"
            ),
        ),
        migrations.AlterField(
            "termversion",
            "formula",
            models.CharField(blank=True, max_length=300, verbose_name="formula in English"),
        ),
    ]
