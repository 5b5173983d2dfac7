"""Tests of devflow."""
