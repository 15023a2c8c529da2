"""Bills of an Azure container, from Azurite: listing, manifests, resuming, versions."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import obstore
import pytest
from azurite_server import ACCOUNT, AZURITE, KEY, azurite, make_container
from faulty_proxy import Fault, FaultyProxy, faulty
from manifest_files import azure
from obstore.store import AzureStore
from place_world import LATER, Bucket, bodies, noise

from warikan.catalog.places import PlaceLimits, PlaceSettings
from warikan.focus.errors import WarikanError
from warikan.ingest.places import Fetched, PlaceError, Retrying, fetch

SIZE = 3_000_000


class Container(Bucket):
    """As the bucket of the S3 tests, of Azure."""

    def fetch(self, path: str = "", **more: Any) -> Fetched:
        """Fetch ``az://container/path`` without waiting."""
        given: dict[str, Any] = {
            "cache": self.cache,
            "settings": PlaceSettings(
                endpoint=f"{self.proxy.address}/{ACCOUNT}", account=ACCOUNT, allow_http=True
            ),
            "limits": PlaceLimits(keep_free_gib=0),
            "now": self.now,
            "retrying": Retrying(attempts=4, sleep=self.waits),
        }
        return fetch(f"az://{self.name}/{path}", **(given | more))


@pytest.fixture(scope="module")
def azurite_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Azurite, where tools/ensure_azurite.sh could fetch it."""
    if not AZURITE.exists():
        pytest.skip("Azurite is not here: sh tools/ensure_azurite.sh fetches it through npm")
    with azurite(tmp_path_factory.mktemp("azurite")) as address:
        yield address


@pytest.fixture
def proxy(azurite_address: str) -> Iterator[FaultyProxy]:
    """Before it, what can break."""
    with faulty(azurite_address) as made:
        yield made


@pytest.fixture
def container(
    azurite_address: str, proxy: FaultyProxy, clean_environment: pytest.MonkeyPatch, tmp_path: Path
) -> Container:
    """An empty container; its key in the environment, where Azure's chain looks first."""
    clean_environment.setenv("AZURE_STORAGE_ACCOUNT_KEY", KEY)
    name = f"costs-{tmp_path.name.replace('_', '-').lower()[:40].strip('-')}"
    # The server checks the date of a request, so this is the one place where a test needs the real clock.
    now = datetime.now(UTC)  # noqa: TID251 - said above
    make_container(azurite_address, name, now)
    store = AzureStore(
        name,
        config={"account_name": ACCOUNT, "account_key": KEY, "endpoint": f"{azurite_address}/{ACCOUNT}"},
        client_options={"allow_http": True},
    )
    return Container(name, store, proxy, tmp_path / "cache", now=now + LATER)


def test_an_export_of_azure(container: Container) -> None:
    """The newest run of each month, under names of the container; nothing is fetched twice."""
    folder = "costs/daily/20261001-20261031/"
    for run in ("1", "2"):
        container.put(f"{folder}{run}/part_0_0001.csv.gz", noise(1_000, int(run)))
        said = azure(f"{folder}{run}/part_0_0001.csv.gz", submitted=f"2026-11-0{run}T04:00:00Z")
        container.put_json(f"{folder}{run}/manifest.json", said)

    fetched = container.fetch("costs")

    assert bodies(fetched) == {f"az://{container.name}/{folder}2/part_0_0001.csv.gz": noise(1_000, 2)}
    container.proxy.seen.clear()
    assert container.fetch("costs").files == fetched.files
    assert container.proxy.gets("/costs/daily") == []


def test_a_cut_is_taken_up_of_the_same_version(container: Container) -> None:
    """Ranged reads and versions, as Azure does them."""
    container.put("x/a.csv", noise(SIZE))
    container.proxy.faults = [Fault("a.csv", cut_after=1_500_000), Fault("a.csv", status=503)]

    assert list(bodies(container.fetch("x")).values()) == [noise(SIZE)]
    assert [seen.range is None for seen in container.proxy.gets("a.csv")] == [True, False, False]


def test_a_blob_that_changes_while_it_is_read_begins_anew(container: Container) -> None:
    """The halves of two versions are never put together."""
    container.put("x/a.csv", noise(SIZE))

    def change() -> None:
        container.put("x/a.csv", noise(SIZE, 2))

    container.proxy.faults = [Fault("a.csv", cut_after=1_000_000), Fault("a.csv", before=change)]

    assert list(bodies(container.fetch("x")).values()) == [noise(SIZE, 2)]


def test_one_blob_and_a_glob(container: Container) -> None:
    """As on S3."""
    container.put("x/a.csv", b"a")
    container.put("x/y/b.csv", b"b")

    assert container.fetch("x/a.csv").is_single
    assert list(bodies(container.fetch("x/**/*.csv")).values()) == [b"a", b"b"]


def test_a_wrong_key_is_refused_without_showing_it(
    container: Container, clean_environment: pytest.MonkeyPatch
) -> None:
    """Words for what to do; no key, no signature."""
    container.put("x/a.csv", b"a")
    for wrong, words in (
        (b64encode(bytes(64)).decode(), "is refused"),
        ("no key!", "is no key of a storage account"),
    ):
        clean_environment.setenv("AZURE_STORAGE_ACCOUNT_KEY", wrong)
        with pytest.raises(WarikanError, match=words) as caught:
            container.fetch("x")
        assert "SharedKey" not in caught.value.message
        assert wrong not in caught.value.message
        assert "docs/places.md" in (caught.value.hint or "")


def test_a_container_that_does_not_exist(container: Container) -> None:
    """Said so."""
    obstore.put(container.store, "x/a.csv", b"a")
    container.name = "no-such-container"

    with pytest.raises(PlaceError, match="does not exist"):
        container.fetch("x")
