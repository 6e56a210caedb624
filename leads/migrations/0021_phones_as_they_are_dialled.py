"""Seven to fifteen digits, as `lib/phones.py` writes them; no door ever wrote six."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0020_bulk_changes")]

    operations = [
        migrations.RemoveConstraint(model_name="contact", name="contact_phone_e164"),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(("phone", ""), ("phone__regex", "^\\+[1-9][0-9]{6,14}$"), _connector="OR"),
                name="contact_phone_e164",
            ),
        ),
    ]
