# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Which machine a report is about: rules without a database, and what they must never do."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.agents.identity import Found, Known, Marks, maker_of, marks_of, match, serial_of, uuid_of

DELL = Marks("agent-a", "4c4c45440042351080" + "51b4c04f564433", "B5Q8VD3", "dell")
OTHER = Marks("agent-b", "11111111222233334444" + "555566667777", "C9R1XX2", "dell")


@pytest.mark.parametrize(
    "junk",
    ["To be filled by O.E.M.", "Default string", "System Serial Number", "0000000000", "FFFFFFFF", "None", "N/A", "  ", "123456789",
     "Not Specified", "........", "xxxxxxxxxx", "INVALID", "To Be Filled By O.E.M. by More String", "1234", "Chassis Serial Number"],
)  # fmt: skip
def test_a_placeholder_is_no_serial_number(junk: str) -> None:
    assert serial_of(junk) == ""


@pytest.mark.parametrize(
    "junk",
    ["00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "03000200-0400-0500-0006-000700080009",
     "44454C4C-2000-1020-8020-A0C04F202020", "not a uuid", "", "11111111-1111-1111-1111-111111111111"],
)  # fmt: skip
def test_a_placeholder_is_no_uuid(junk: str) -> None:
    assert uuid_of(junk) == ""


def test_real_numbers_are_kept() -> None:
    assert serial_of(" b5q8vd3 ") == "B5Q8VD3"
    assert uuid_of("4C4C4544-0042-3510-8051-B4C04F564433") == "4c4c4544004235108051b4c04f564433"
    assert maker_of("Dell Inc.") == maker_of("DELL") == "dell"


def test_marks_leave_out_what_says_nothing() -> None:
    said = {
        "bios": {"ssn": "Default string", "smanufacturer": "System manufacturer"},
        "hardware": {"uuid": "x", "name": "PC"},
    }
    assert marks_of("ID-1", said) == Marks("id-1")


def test_nothing_known_is_a_new_machine() -> None:
    assert match(DELL, 1, []) == Found(None, "new")


def test_the_same_marks_lead_to_the_same_machine() -> None:
    assert match(DELL, 1, [Known(7, 1, DELL)]) == Found(7, "same")


def test_a_reinstalled_agent_is_found_by_serial_and_uuid() -> None:
    again = Marks("agent-new", DELL.system_uuid, DELL.serial, DELL.maker)
    assert match(again, 1, [Known(7, 1, DELL), Known(8, 1, OTHER)]) == Found(7, "hardware")


def test_serial_and_maker_are_enough_where_the_uuid_is_not_told() -> None:
    assert match(Marks("agent-new", "", DELL.serial, "dell"), 1, [Known(7, 1, DELL)]) == Found(7, "serial")


def test_a_serial_number_of_another_maker_is_another_machine() -> None:
    assert match(Marks("agent-new", "", DELL.serial, "lenovo"), 1, [Known(7, 1, DELL)]) == Found(None, "new")


def test_a_serial_number_without_a_maker_is_not_enough() -> None:
    assert match(Marks("agent-new", "", DELL.serial, ""), 1, [Known(7, 1, DELL)]) == Found(None, "new")


def test_the_same_serial_on_another_board_is_another_machine() -> None:
    assert match(Marks("agent-new", OTHER.system_uuid, DELL.serial, "dell"), 1, [Known(7, 1, DELL)]) == Found(
        None, "new"
    )


def test_one_agent_on_two_machines_is_a_clone() -> None:
    copied = Marks(DELL.agent_id, OTHER.system_uuid, OTHER.serial, "dell")
    found = match(copied, 1, [Known(7, 1, DELL)])
    assert found == Found(None, "clone", (7,))
    assert found.is_alarm


def test_an_agent_that_learns_its_serial_is_still_itself() -> None:
    assert match(DELL, 1, [Known(7, 1, Marks(DELL.agent_id))]) == Found(7, "agent")


def test_a_clone_goes_on_being_its_own_machine() -> None:
    copied = Marks(DELL.agent_id, OTHER.system_uuid, OTHER.serial, "dell")
    known = [Known(7, 1, DELL), Known(8, 1, copied)]
    assert match(Marks(DELL.agent_id, OTHER.system_uuid, "", ""), 1, known) == Found(8, "agent")


def test_what_fits_two_machines_fits_none() -> None:
    twin = Marks("agent-b", DELL.system_uuid, DELL.serial, "dell")
    found = match(
        Marks("agent-new", DELL.system_uuid, DELL.serial, "dell"), 1, [Known(7, 1, DELL), Known(8, 1, twin)]
    )
    assert found == Found(None, "several", (7, 8))


def test_a_machine_of_another_branch_is_never_taken() -> None:
    assert match(DELL, 2, [Known(7, 1, DELL)]) == Found(None, "foreign", (7,))
    assert match(DELL, 2, [Known(7, 1, DELL)]).is_alarm


_WORDS = st.sampled_from(["", "a-1", "b-2", "c-3"])
_MARKS = st.builds(
    Marks, agent_id=_WORDS, system_uuid=_WORDS, serial=_WORDS, maker=st.sampled_from(["", "dell", "hp"])
)


@settings(
    suppress_health_check=[HealthCheck.too_slow], deadline=None
)  # a machine under load is no fault of the rules
@given(_MARKS, st.lists(st.tuples(st.integers(1, 4), st.integers(1, 2), _MARKS), max_size=6))
def test_no_machine_is_ever_joined_by_its_maker_alone_nor_taken_from_another_branch(
    marks: Marks, rows: list[tuple[int, int, Marks]]
) -> None:
    branches = {machine: branch for machine, branch, _marks in rows}
    known = [Known(machine, branches[machine], said) for machine, _branch, said in rows]
    found = match(marks, 1, known)
    if found.machine is None:
        return
    assert branches[found.machine] == 1
    shared = [
        said for row in known if row.machine == found.machine
        for said in [row.marks]
        if (marks.agent_id and said.agent_id == marks.agent_id)
        or (marks.serial and said.serial == marks.serial and (marks.maker == said.maker or marks.system_uuid == said.system_uuid))
        or said == marks
    ]  # fmt: skip
    assert shared
