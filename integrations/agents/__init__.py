"""What inventory agents tell of machines (SOP-B4.1.1, SOP-B4.2.2): reports are kept as they came, then read in order.

An unmodified GLPI-Agent or FusionInventory-Agent reports to one address. Which machine a report is about is decided by
rules that are told, and that a person can undo; what is wrong with a machine stands here with the day since when.
"""
