"""Binds every feature of the vendor's calls; the steps are in the conftest beside."""

from pathlib import Path

from pytest_bdd import scenarios

scenarios(str(Path(__file__).parents[2] / "features" / "api"))
