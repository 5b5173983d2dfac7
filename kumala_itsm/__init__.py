"""The roof: settings, environment, URLs, the API router, Celery, its schedule and the local runner.

Nothing imports this package except Django, Celery and the process that starts them.
"""
