"""What each sender says becomes one change an event, at its time, of its service, with the reason."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sender_bodies as say
from change_ledger import BEARER, NOW, SECRET, make_ledger

from warikan.operate.changes.change import Change
from warikan.operate.changes.changes import Changes
from warikan.operate.changes.document import UnreadableEvent


@pytest.fixture
def ledger(tmp_path: Path) -> Changes:
    """An empty ledger."""
    return make_ledger(tmp_path)


def told(ledger: Changes, source: str, body: Any, **headers: str) -> tuple[Change, ...]:
    """What the ledger has after *body* was delivered, oldest first."""
    sent = say.as_bytes(body)
    signed = BEARER | headers
    if source == "github":
        signed = say.sign_github(sent, SECRET) | headers
    elif source == "terraform":
        signed = say.sign_terraform(sent, SECRET)
    elif source == "gitlab":
        signed = {"X-Gitlab-Token": SECRET}
    ledger.receive(source, sent, signed)
    return tuple(reversed(ledger.list()))


def test_argo_syncs(ledger: Changes) -> None:
    """History and the last operation, each sync once; people have no name, several sources stand there."""
    first, second, failed = told(ledger, "argo", {"items": [say.application()]})

    assert (first.kind, first.title, first.outcome) == ("sync", "shop synced to a84d88e", "succeeded")
    assert datetime(2026, 11, 20, 10, 0, tzinfo=UTC) == first.at
    assert datetime(2026, 11, 20, 10, 0, 41, tzinfo=UTC) == first.ended_at
    assert (first.actor_kind, first.actor) == ("automation", "argocd")
    assert (first.service_id, first.team_id, first.environment, first.cluster) == (
        "shop",
        "sales",
        "prod",
        None,
    )
    assert (first.evidence[0].rule, first.evidence[0].from_) == ("catalogue", "argocd/app-name")
    assert (second.actor_kind, second.actor) == ("person", None)
    assert second.summary["revisions"] == [say.SHA, "1.4.2"]
    assert len(second.summary["sources"]) == 2
    assert "hanako" not in str(second)
    assert (failed.outcome, failed.title) == ("failed", "Sync of shop to a84d88e failed")


def test_argo_says_one_sync_twice(ledger: Changes) -> None:
    """The operation that runs, then the history that has it: one change, completed."""
    running = say.application()
    entry = running["status"]["history"].pop()
    operation = {"phase": "Running", "startedAt": entry["deployStartedAt"], "operation": {"sync": {}}}
    told(ledger, "argo", running | {"status": {"operationState": operation}})
    (change,) = told(ledger, "argo", {"application": running | {"status": {"history": [entry]}}})

    assert ("succeeded", entry["deployedAt"]) == (change.outcome, f"{change.ended_at:%Y-%m-%dT%H:%M:%SZ}")


def test_argo_flat_form(ledger: Changes) -> None:
    """The short template of docs/changes.md."""
    flat = {
        "application": "shop",
        "phase": "Succeeded",
        "startedAt": "2026-11-20T10:00:00Z",
        "revision": say.SHA,
    }
    (change,) = told(ledger, "argo", flat | {"automated": True, "cluster": "hinode-prod"})

    assert (change.service_id, change.cluster, change.revision) == ("shop", "prod", say.SHA)


def test_atlantis_apply(ledger: Changes) -> None:
    """Of the folder's service, at the time of receipt; again is the same, another outcome is another."""
    body = say.apply()
    told(ledger, "atlantis", body)
    (change,) = told(ledger, "atlantis", body)

    assert (
        change.kind,
        change.at,
        change.service_id,
        change.summary["pull_request"],
    ) == ("apply", NOW, "search", 2137)
    assert (change.evidence[0].rule, change.evidence[0].from_) == ("repository", "folder")
    assert len(told(ledger, "atlantis", say.apply(Success=False))) == 2


def test_atlantis_drift(ledger: Changes) -> None:
    """Only the project that drifted."""
    (change,) = told(ledger, "atlantis", say.drift())

    assert (change.kind, change.title) == ("drift", "vpc has drifted from acme/infrastructure@main")
    assert (change.summary["to_change"], change.environment) == (2, "production")


def test_terraform_run(ledger: Changes) -> None:
    """A run is one change whatever is told of it; the verification is answered and is none."""
    assert told(ledger, "terraform", say.run(None)) == ()
    assert told(ledger, "terraform", say.run("planned_and_finished")) == ()
    told(ledger, "terraform", say.run("applying", "run:applying"))
    (change,) = told(ledger, "terraform", say.run())

    assert (change.kind, change.title, change.service_id) == (
        "apply",
        "Terraform applied search-prod",
        "search",
    )
    assert "sample-user" not in str(change)


def test_terraform_drift(ledger: Changes) -> None:
    """A health assessment that found drift, payload version 2."""
    result = {
        "id": "asmtres-1",
        "drifted": True,
        "resources_drifted": 4,
        "created_at": "2026-11-20T08:00:00Z",
    }
    details = {"new_assessment_result": result, "workspace_name": "search-prod"}
    body = {"payload_version": 2, "trigger_scope": "assessment", "trigger": "assessment:drifted"}
    (change,) = told(ledger, "terraform", body | {"details": details})

    assert (change.kind, change.service_id, change.summary["resources_drifted"]) == ("drift", "search", 4)


@pytest.mark.parametrize(
    "order", [(None, "in_progress", "success"), ("success", None), ("success", "inactive")]
)
def test_github_deployment(ledger: Changes, order: tuple[str | None, ...]) -> None:
    """A deployment and its statuses are one change, in whatever order they come."""
    for state in order:
        found = told(ledger, "github", say.deployment(state=state))
    (change,) = found

    assert (change.kind, change.title) == ("deploy", "acme/shop a84d88e deployed to production")
    assert (
        f"{change.at:%Y-%m-%d %H:%M}",
        f"{change.ended_at:%Y-%m-%d %H:%M}",
    ) == ("2026-11-20 09:00", "2026-11-20 09:04")
    assert (change.service_id, change.url) == ("shop", "https://github.com/acme/shop/actions/runs/7")
    assert (change.actor_kind, change.actor) == ("person", None)


def test_github_other_events(ledger: Changes) -> None:
    """A ping, a push: answered, and nothing."""
    assert told(ledger, "github", {"zen": "Design for failure."}, **{"X-GitHub-Event": "ping"}) == ()


def test_gitlab_deployment(ledger: Changes) -> None:
    """Running, then done: one change; the time is that of its zone."""
    told(ledger, "gitlab", say.gitlab())
    (change,) = told(ledger, "gitlab", say.gitlab("running"))

    assert f"{change.at:%Y-%m-%d %H:%M} {change.ended_at:%H:%M}" == "2026-11-20 12:45 12:50"
    assert (change.outcome, change.revision) == ("succeeded", "279484c0")


def test_kubernetes_events(ledger: Changes) -> None:
    """A list as kubectl writes it: what scales and nodes count, all else is ignored; a repeat is another."""
    node = {"kind": "Node", "name": "ip-10-0-0-1"}
    items = [
        say.event(),
        say.event(count=2, lastTimestamp="2026-11-20T05:00:00Z"),
        say.event("u2", "ScalingReplicaSet", "Deployment", message="Scaled up replica set shop-7f to 4"),
        say.event("u3", "DisruptionLaunching", involvedObject={"kind": "NodeClaim", "name": "pool-x2"}),
        say.event("u4", "RemovingNode", involvedObject=node),
        say.event("u5", "Pulled", "Pod"),
    ]
    found = told(ledger, "kubernetes", {"kind": "List", "apiVersion": "v1", "items": items})

    assert {k: sum(c.kind == k for c in found) for k in ("scale", "node")} == {"scale": 3, "node": 2}
    assert {"prod"} == {c.cluster for c in found}
    rollout = next(c for c in found if c.summary["reason"] == "ScalingReplicaSet")
    assert rollout.scope == {"x_Namespace": "shop", "x_WorkloadKind": "Deployment", "x_Workload": "shop"}
    assert (rollout.service_id, rollout.evidence[0].rule) == ("shop", "namespace")


def test_kubernetes_exporter(ledger: Changes) -> None:
    """Labels of the object and the cluster's name, as exporters add them, inside a CloudEvent or not."""
    thing = {"kind": "Deployment", "namespace": "apps", "name": "worker"}
    labels = {"labels": {"backstage.io/kubernetes-id": "searching"}}
    body = say.event(reason="ScalingReplicaSet", involvedObject=thing | labels, clusterName="hinode-prod")
    (change,) = told(ledger, "kubernetes", body)
    assert (change.service_id, change.cluster, change.evidence[0].rule) == ("search", "prod", "catalogue")

    inside = say.cloud_event(type="io.k8s.event", data=body)
    assert told(ledger, "events", inside)[-1].kind == "scale"


def test_kubernetes_events_v1(ledger: Changes) -> None:
    """events.k8s.io/v1 names things otherwise."""
    body = {
        "metadata": {"uid": "u9"},
        "regarding": {"kind": "Node", "name": "n1"},
        "reason": "NodeReady",
        "note": "Node n1 status is now: NodeReady",
        "eventTime": "2026-11-20T04:00:00.123456Z",
        "reportingController": "kubelet",
    }
    (change,) = told(ledger, "kubernetes", body)

    assert (change.kind, change.title) == ("node", "Node n1: Node n1 status is now: NodeReady")


def test_cloudevents_in_every_mode(ledger: Changes) -> None:
    """Structured, batched and binary are the same event."""
    structured = say.cloud_event()
    told(ledger, "events", structured)
    told(ledger, "events", [structured], **{"Content-Type": "application/cloudevents-batch+json"})
    headers = {f"ce-{k}": v for k, v in structured.items() if k != "data"}
    (change,) = told(ledger, "events", structured["data"], **headers)

    assert (change.kind, change.title, change.revision) == ("deploy", "search 1.2.3 to production", "1.2.3")
    assert (change.service_id, f"{change.at:%Y-%m-%dT%H:%M:%S}") == ("search", "2026-11-20T17:31:00")


def test_cdevents(ledger: Changes) -> None:
    """A CDEvent says which service was deployed where."""
    content = {"environment": {"id": "production"}, "artifactId": "pkg:oci/search@sha256%3A0b31b1c02"}
    data = {
        "context": {"version": "0.4.1"},
        "subject": {"id": "search", "type": "service", "content": content},
    }
    (change,) = told(ledger, "events", say.cloud_event(type="dev.cdevents.service.deployed.0.1.1", data=data))

    assert (change.kind, change.service_id, change.environment) == ("deploy", "search", "production")


def test_names_only_where_they_are_asked_for(tmp_path: Path) -> None:
    """``keep_names`` keeps them."""
    (change,) = told(make_ledger(tmp_path, keep_names=True), "github", say.deployment())

    assert (change.actor_kind, change.actor) == ("person", "octocat")


@pytest.mark.parametrize(
    ("source", "body"), [("argo", {"x": 1}), ("events", {"x": 1}), ("github", 3), ("kubernetes", "text")]
)
def test_what_is_of_no_sender(ledger: Changes, source: str, body: Any) -> None:
    """A body that the sender never sends is an error, not a silence."""
    with pytest.raises(UnreadableEvent):
        told(ledger, source, body)
