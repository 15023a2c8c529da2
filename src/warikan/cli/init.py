"""``warikan init``: a workspace that is ready for its first bill."""

from __future__ import annotations

from pathlib import Path

from warikan.catalog.settings import FILE_NAME
from warikan.cli.output import note
from warikan.focus.columns import iso_currencies
from warikan.focus.errors import UsageError

SETTINGS = """\
# Warikan workspace. Reference: docs/configuration.md; check it with `warikan doctor`.
version: 1
name: "{name}"
{currency}fiscal_year_start: {fiscal_year_start}

# Each source is one export: a file, a folder or a glob. `warikan ingest` loads them all.
sources: {{}}
#  aws:
#    type: focus
#    path: bills/aws/*.csv.gz

# Tag keys that become real columns (x_Tag_<key>) at load: filters on them are several times faster.
tags:
  promote: []

# Who owns a charge: first rule that matches and names a service of catalog/ wins.
ownership:
  rules:
    - id: service-tag
      service:
        from: ["Tags['service']", "Tags['Service']", "Tags['app']"]
      environment:
        from: ["Tags['env']", "Tags['environment']", "Tags['Environment']"]
#   - id: data-account
#     when: "SubAccountId = '123456789012'"
#     service: warehouse

# Shared cost, split in stages; every part sums to the bill.
shares: []
#  - id: platform
#    source: "x_ServiceId = 'container-platform'"
#    method: proportional
"""
CATALOG = """\
# Backstage entities; your catalog-info.yaml files work here as they are.
apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: example-team
  title: Example team
spec:
  type: team
  children: []
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: example-service
  title: Example service
spec:
  type: service
  lifecycle: production
  owner: group:default/example-team
"""
IGNORE = "# The lake is made from the bills; it is never in git.\n.warikan/\n"


def init_workspace(path: Path, *, currency: str | None, fiscal_year_start: int) -> None:
    """
    Make the workspace folder *path*; a file that exists stays as it is.

    Raises:
        UsageError: *path* is a file, or *currency* is not an ISO 4217 code.
    """
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is a file; a workspace is a folder")
    if currency is not None and currency not in iso_currencies():
        raise UsageError(f"{currency!r} is not an ISO 4217 code; for example USD, JPY, EUR")
    files = {
        FILE_NAME: SETTINGS.format(
            name=path.resolve().name.replace('"', "'").replace("\\", "/"),
            currency=f"currency: {currency}\n" if currency else "",
            fiscal_year_start=fiscal_year_start,
        ),
        "catalog/example.yaml": CATALOG,
        ".gitignore": IGNORE,
    }
    if (path / FILE_NAME).exists():
        note(f"{path} is a workspace already; nothing was changed")
        return
    for name, text in files.items():
        target = path / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            note(f"made {target}")
    note(f"next: cd {path} && warikan ingest --file BILL.csv && warikan allocate && warikan cost")
