"""What every JSON body has in common."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """
    A JSON body. A member that it does not have is refused: a misspelt ``scope`` must not mean everything.

    Only deliveries of other people's senders (hooks) are taken as they come.
    """

    model_config = ConfigDict(extra="forbid")
