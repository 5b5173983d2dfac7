"""Two reasons more for setting a letter aside; nothing changes in the table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mailbox", "0002_forged"),
    ]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("own", "It is a letter of ours that came back."),
                    ("bounce", "A mail server says that a letter could not be delivered."),
                    ("automatic", "A program wrote it, not a person. Programs are not answered."),
                    ("bulk", "It went to many people at once: a mailing list or an advertisement."),
                    ("repeated", "The same letter came before."),
                    ("sender_unclear", "It does not say clearly who wrote it."),
                    ("sender_unknown", "Nobody here has this address."),
                    ("sender_closed", "The account of this sender is closed."),
                    ("listed", "It came to many people at once, from somebody who is known here."),
                    ("absence", "It reads like the automatic answer of somebody who is away."),
                    ("forged", "Our mail server found that it does not come from the domain of its sender."),
                    ("others_mark", "It answers a letter that was written to somebody else."),
                    (
                        "unproven",
                        "It answers a letter of ours, but nothing proves to which request it belongs.",
                    ),
                    ("not_theirs", "The sender does not take part in the request that it answers."),
                    ("ended", "The request that it answers has ended."),
                    ("sender_flood", "The sender wrote too many letters within an hour."),
                    ("thread_flood", "Too many letters about one request came within an hour."),
                    ("new_flood", "The sender asked for too many new things within an hour."),
                    ("empty", "There is nothing in it: no subject, no text, no file."),
                    ("refused", "It could not become a request."),
                    ("too_large", "It is too large. The whole letter is still in the mailbox."),
                    ("too_many_parts", "It has too many parts."),
                    ("too_deep", "Its parts are nested too deeply."),
                    ("too_hard", "Reading it took too much time or memory."),
                    ("broken", "It could not be read."),
                    ("error", "Something on our side failed, several times."),
                ],
                max_length=20,
                verbose_name="reason",
            ),
        ),
    ]
