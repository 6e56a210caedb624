from django.db import migrations


class Migration(migrations.Migration):
    """The table that Django's database cache expects; see smarketing/cache.py."""

    initial = True
    dependencies = []

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE smarketing_cache (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamptz NOT NULL
            );
            CREATE INDEX smarketing_cache_expires ON smarketing_cache (expires);
            """,
            "DROP TABLE smarketing_cache",
        )
    ]
