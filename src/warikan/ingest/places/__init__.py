"""
Where bills lie when they are not on this machine: S3 and what speaks it, Google Cloud Storage, Azure Blobs.

``fetch`` lists a place, chooses the bills by the manifests of AWS and Azure or by their names, and brings
what is new into a bounded cache. Everything above it reads local files.
"""

from warikan.ingest.places.address import is_place
from warikan.ingest.places.candidates import Candidate, Candidates, Reach, find_candidates, place_id_of
from warikan.ingest.places.faults import PlaceError
from warikan.ingest.places.fetching import Fetched, IsKnown, Placed, fetch
from warikan.ingest.places.retrying import Retrying

__all__ = [
    "Candidate",
    "Candidates",
    "Fetched",
    "IsKnown",
    "PlaceError",
    "Placed",
    "Reach",
    "Retrying",
    "fetch",
    "find_candidates",
    "is_place",
    "place_id_of",
]
