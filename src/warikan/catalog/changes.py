"""``changes`` of ``warikan.yaml``: where the ledger learns of what happened."""

from typing import Literal, Self

from pydantic import Field, model_validator

from warikan.catalog.clusters import Variable
from warikan.catalog.strict import Identifier, Strict

SourceType = Literal["argo", "atlantis", "terraform", "github", "gitlab", "kubernetes", "cloudevents", "csv"]


class ChangeSource(Strict):
    """
    Who tells what happened: by a webhook, by an API that is asked, or by files.

    A webhook goes to ``/api/v1/hooks/NAME`` and proves who sent it with the value of ``secret_from``: github
    and terraform sign with it; gitlab sends it as its secret token; the others send it as a bearer token or
    in ``X-Warikan-Token``, or sign with it in ``X-Warikan-Signature-256``.
    """

    type: SourceType = Field(description="How what it tells is read.")
    title: str = Field("", max_length=200, description="Shown instead of the name.")
    secret_from: Variable | None = Field(
        None, description="Variable with what the sender of the webhook proves itself with."
    )
    insecure: bool = Field(
        default=False, description="Let anybody who reaches this server send changes: no proof."
    )
    url: str | None = Field(
        None,
        pattern=r"^https?://[^\s@]+$",
        max_length=2000,
        description="argo: its server, to be asked, and linked to.",
        examples=["https://argocd.example.com"],
    )
    token_from: Variable | None = Field(None, description="argo: variable with the bearer token for its API.")
    ca: str | None = Field(None, description="argo: file of the authorities to trust (PEM).")
    path: str | None = Field(
        None, description="Files with events: a file, a folder or a glob, relative to the workspace."
    )
    cluster: Identifier | None = Field(None, description="Its cluster, where it does not say.")
    environment: str | None = Field(
        None, max_length=100, description="Its environment, where it does not say."
    )
    services: dict[str, str] = Field(
        {},
        max_length=10_000,
        description="Application, workspace, project, namespace, or repository (owner/name, owner/name/path) "
        "→ service; before any other rule.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.insecure and self.secret_from is not None:
            raise ValueError("secret_from and insecure exclude each other")
        if self.type != "argo" and (self.url or self.token_from or self.ca):
            raise ValueError("url, token_from and ca are for type: argo, which can be asked")
        if self.token_from is not None and self.url is None:
            raise ValueError("token_from goes with url")
        if not (self.secret_from or self.insecure or self.url or self.path):
            raise ValueError(
                "nobody can tell it anything: give secret_from (a webhook), path (files) or, for argo, url; "
                "a webhook without a secret must say insecure: true"
            )
        return self


class ChangesSettings(Strict):
    """Who may send changes, and where they are fetched from."""

    sources: dict[Identifier, ChangeSource] = Field({}, description="Name → who tells what happened.")
    keep_names: bool = Field(
        default=False,
        description="Keep the names of people; else only that it was a person.",
    )

    @model_validator(mode="after")
    def _no_manual(self) -> Self:
        if "manual" in self.sources:
            raise ValueError("manual is what people write by hand; call the source something else")
        return self
