"""Folds the journal into journeys: which stage of which flow was reached, by what evidence, and why not yet."""

from mock_ctrader.journeys.fold import detect, fold
from mock_ctrader.journeys.history import History
from mock_ctrader.journeys.model import Finding, Journey, State

__all__ = ["Finding", "History", "Journey", "State", "detect", "fold"]
