"""What the runner cannot mend itself."""


class Trouble(Exception):
    """One sentence for the person at the keyboard: what is wrong, where, and what to do. Ends the runner with 1."""
