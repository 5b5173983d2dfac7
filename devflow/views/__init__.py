"""Pages of developments and systems: one file per occasion."""
