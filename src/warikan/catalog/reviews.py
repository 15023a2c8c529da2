"""``reviews`` of ``warikan.yaml``: the language of reviews, and their deadlines."""

from typing import Literal

from pydantic import Field

from warikan.catalog.strict import Strict


class ReviewSettings(Strict):
    """Language, soak time and deadlines of reviews."""

    language: Literal["en", "ja"] = Field("en", description="Of a review where nobody says another.")
    # Etsy's debriefing guide: let a meeting settle for about two days before remediation is fixed.
    soak_days: int = Field(2, ge=0, le=30, description="From meeting or calibration until actions are fixed.")
    # PagerDuty's postmortem guide: 15 days for the severe, 30 for the others.
    action_days_severe: int = Field(15, ge=1, le=365, description="Deadline of actions, SEV1 and SEV2.")
    action_days: int = Field(30, ge=1, le=365, description="Deadline of actions, other severities.")
