"""The work behind a development ticket: system, stages, hours, builds, deployments (SOP-A2, A5, A6).

A build reaches the next environment only from the one before; it is done when the signed one is in production.
"""
