"""Pages of tickets, one file per occasion."""
