"""The documents say what the program does: references are current, links lead somewhere, README runs."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])


def _generated() -> dict[Path, str]:
    path = REPOSITORY / "tools/generate_docs.py"
    spec = importlib.util.spec_from_file_location("generate_docs", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    documents: dict[Path, str] = module.documents()
    return documents


def test_references_are_current() -> None:
    """Every command and every setting is documented as it is (else: make docs)."""
    for path, expected in _generated().items():
        assert expected == path.read_text(encoding="utf-8"), f"{path.name} is stale: make docs"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(REPOSITORY)))
def test_links_lead_somewhere(document: Path) -> None:
    """Each relative link of a document names a file that exists."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    missing = [t for t in targets if not (document.parent / t).exists()]

    assert missing == []


def test_readme_commands_run(tmp_path: Path) -> None:
    """A newcomer who types the README's shell blocks, line by line, gets no error."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```", (REPOSITORY / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    # Each block starts where the first one started, as a reader would.
    script = "\n".join(f'cd "{tmp_path}"\n{block}' for block in blocks)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    result = subprocess.run(
        ["sh", "-euc", script], env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )

    assert len(blocks) == 4
    assert result.returncode == 0, result.stderr[-3000:]
    assert '"results"' in result.stdout
