from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("packs", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="term",
            name="explains",
            field=models.JSONField(blank=True, default=list, verbose_name="attributes and codes that it explains"),
        ),
    ]
