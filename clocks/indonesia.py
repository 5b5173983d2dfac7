"""The days on which Indonesia does not work, to fill a calendar with; what is published is what counts."""

from clocks.enums import DayOff

_KINDS = {DayOff.HOLIDAY: "public", DayOff.LEAVE: "government"}


def days_off(year: int) -> list[dict[str, str]]:
    """Public holidays and collective leave of a year as far as they are known, by date; the names in Indonesian."""
    from holidays import country_holidays  # noqa: PLC0415 - 17 MB that only this form of the administrator needs

    found = {
        day.isoformat(): {"date": day.isoformat(), "name": name[:100], "kind": kind.value}
        for kind, category in reversed(
            _KINDS.items()
        )  # where both say something, the public holiday is the reason
        for day, name in country_holidays("ID", years=year, language="id", categories=(category,)).items()
    }
    return [found[day] for day in sorted(found)]
