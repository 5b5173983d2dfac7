"""The door at which agents report, and the pages on which people see what they told."""
