"""What the tables of forms and decisions share."""

from core.database import gate


def form_gate(form: str, condition: str, message: str) -> str:
    """The same refusal under the clause of the form: SOP-A5 for a BRM, SOP-A6 for a UAT."""
    return gate("SOP-A6", f"{form}.kind = 'uat' AND ({condition})", message) + gate(
        "SOP-A5", condition, message
    )
