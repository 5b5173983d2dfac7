"""How the API writes what happened."""

from rest_framework import serializers

from events.models import Event


class EventShape(serializers.ModelSerializer[Event]):
    """One thing that happened; `sentence` says it in the caller's language."""

    who = serializers.CharField(help_text="The actor, and the colleague they stood in for.")
    sentence = serializers.CharField()
    facts = serializers.DictField(child=serializers.JSONField())

    class Meta:
        model = Event
        fields = ["seq", "type", "at", "who", "sentence", "facts", "audience", "hash"]
