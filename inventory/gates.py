"""The inventory's share of the SOP in PL/pgSQL: it holds whoever writes."""

from django.conf import settings

from core.database import gate

_ZONE = settings.TIME_ZONE

# When an asset must be seen again follows from when it was seen, and from nothing that somebody writes (SOP-B4.1.1).
DUE = (
    gate(
        "SOP-B4.1.1",
        "TG_OP = 'UPDATE' AND OLD.verified_at IS NOT NULL"
        " AND (NEW.verified_at IS NULL OR NEW.verified_at < OLD.verified_at)",
        "An asset that was verified is not made unverified.",
    )
    + gate(
        "SOP-B4.1.1",
        "NEW.verified_at > now() + interval '5 minutes'",
        "An asset is verified when it is seen, not before.",
    )
    + f"""
    NEW.due_at = (COALESCE(NEW.verified_at, NEW.created_at) AT TIME ZONE '{_ZONE}' + interval '6 months')
        AT TIME ZONE '{_ZONE}';
    IF TG_OP = 'UPDATE' AND NEW.verified_at IS DISTINCT FROM OLD.verified_at THEN
        NEW.told = '';
    END IF;
    RETURN NEW;"""
)
