"""The product's own settings, with one more address: an empty page, to measure the others against."""

from kumala_itsm.settings import *  # noqa: F403 - the very same settings

ROOT_URLCONF = "tests.bench.urls"
