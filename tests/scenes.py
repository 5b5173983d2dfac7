"""One case at every stage at once: whoever looks at the pages then finds every form and every sentence somewhere."""

from tests.cast import Cast
from tests.stages import Case, plain, reach

REPAIRS = ("opened", "accepted", "started", "handed_over")
SMALL = (
    "opened", "accepted", "planned", "started", "built", "on_trial", "on_training", "tested", "uat_submitted", "signed",
    "done",
)  # fmt: skip
HELD = ("planned", "brm_written", "brm_submitted", "director_signed", "brm_approved")


def everywhere(cast: Cast) -> dict[str, Case]:
    """Repairs, small developments and held ones, each as far as one stage: `small on_trial`, `held brm_submitted`."""
    cast.everybody()
    cases = {f"repair {stage}": plain(cast, stage) for stage in REPAIRS}
    cases |= {f"small {stage}": reach(cast, stage) for stage in SMALL}
    return cases | {f"held {stage}": reach(cast, stage, hours=24) for stage in HELD}
