"""``repairs`` of ``warikan.yaml``: which repairs of bills are switched off or on."""

from typing import Self

from pydantic import Field, model_validator

from warikan.catalog.strict import Identifier, Strict


class RepairSettings(Strict):
    """Repairs that differ from their default; ``warikan repairs`` lists all (docs/repairs.md)."""

    off: tuple[Identifier, ...] = Field(
        (), max_length=200, examples=[("unit-spelling",)], description="Ids that do not run."
    )
    on: tuple[Identifier, ...] = Field(
        (), max_length=200, examples=[("aws-sku-meter",)], description="Ids that run though off by default."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        both = sorted(set(self.off) & set(self.on))
        if both:
            raise ValueError(f"on and off at once: {', '.join(both)}")
        return self
