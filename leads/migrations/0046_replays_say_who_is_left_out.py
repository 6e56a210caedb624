from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0045_published_moves_are_read_from_the_ledger"),
    ]

    operations = [
        migrations.AddField(
            model_name="replay",
            name="left_out_count",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
