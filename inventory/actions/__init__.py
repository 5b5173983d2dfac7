"""Everything that changes the inventory: one file per occasion, one name for all of them."""

from inventory.actions.assets import attach, change, move_state, register, verify
from inventory.actions.reference import keep_room, keep_type
from inventory.actions.software import tell_software

__all__ = ["attach", "change", "keep_room", "keep_type", "move_state", "register", "tell_software", "verify"]
