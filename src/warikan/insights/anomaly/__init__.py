"""Anomalies: episodes of cost off its expectation, one per cause, and what happened around their onset."""

from warikan.insights.anomaly.coincidence import Change, RankedChange, coincident_window, rank_changes
from warikan.insights.anomaly.cube import LEAF, CostCube, make_cube
from warikan.insights.anomaly.detect import detect
from warikan.insights.anomaly.episode import (
    KINDS,
    Driver,
    Episode,
    EpisodeDay,
    Evidence,
    Excess,
    Kind,
    episode_key,
    restate,
)
from warikan.insights.anomaly.settings import Feedback, Settings, Thresholds

__all__ = [
    "KINDS",
    "LEAF",
    "Change",
    "CostCube",
    "Driver",
    "Episode",
    "EpisodeDay",
    "Evidence",
    "Excess",
    "Feedback",
    "Kind",
    "RankedChange",
    "Settings",
    "Thresholds",
    "coincident_window",
    "detect",
    "episode_key",
    "make_cube",
    "rank_changes",
    "restate",
]
