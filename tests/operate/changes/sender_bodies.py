"""Bodies in the forms that senders document, and their signatures."""

import hashlib
import hmac
import json
from typing import Any

SHA = "a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d"


def sign_github(body: bytes, secret: str) -> dict[str, str]:
    """The headers of a delivery of GitHub."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-GitHub-Event": "deployment_status", "X-Hub-Signature-256": f"sha256={digest}"}


def sign_terraform(body: bytes, secret: str) -> dict[str, str]:
    """The headers of a notification of HCP Terraform."""
    return {"X-TFE-Notification-Signature": hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()}


def as_bytes(body: Any) -> bytes:
    """*body* as it goes over the wire."""
    return json.dumps(body).encode()


def deployment(
    number: int = 1, state: str | None = "success", repository: str = "acme/shop"
) -> dict[str, Any]:
    """GitHub's deployment, or deployment_status with *state*."""
    body: dict[str, Any] = {
        "action": "created",
        "deployment": {
            "id": number,
            "sha": SHA,
            "ref": "main",
            "task": "deploy",
            "payload": {},
            "environment": "production",
            "created_at": "2026-11-20T09:00:00Z",
            "creator": {"login": "octocat", "type": "User"},
        },
        "repository": {"full_name": repository, "html_url": f"https://github.com/{repository}"},
    }
    if state is not None:
        body["deployment_status"] = {
            "state": state,
            "environment": "production",
            "created_at": "2026-11-20T09:04:00Z"
            if state in {"success", "failure"}
            else "2026-11-20T09:01:00Z",
            "log_url": f"https://github.com/{repository}/actions/runs/7",
        }
    return body


def application(name: str = "shop", **more: Any) -> dict[str, Any]:
    """Argo CD's Application with two syncs behind it, one by hand and of two sources, and a failed one."""
    deployments = {"repoURL": "https://github.com/acme/deployments.git", "path": f"services/{name}"}
    return {
        "metadata": {"name": name, "namespace": "argocd", "labels": {"env": "prod"}},
        "spec": {
            "project": "default",
            "source": deployments,
            "destination": {"server": "https://kubernetes.default.svc", "namespace": name},
        },
        "status": {
            "history": [
                {
                    "id": 1,
                    "revision": SHA,
                    "deployStartedAt": "2026-11-20T10:00:00Z",
                    "deployedAt": "2026-11-20T10:00:41Z",
                    "source": deployments,
                    "initiatedBy": {"automated": True},
                },
                {
                    "id": 2,
                    "revisions": [SHA, "1.4.2"],
                    "deployStartedAt": "2026-11-21T10:00:00Z",
                    "deployedAt": "2026-11-21T10:01:00Z",
                    "sources": [deployments, {"repoURL": "https://charts.acme.example/x", "chart": "redis"}],
                    "initiatedBy": {"username": "hanako"},
                },
            ],
            "operationState": {
                "phase": "Failed",
                "message": "one or more objects failed to apply",
                "startedAt": "2026-11-22T08:00:00Z",
                "finishedAt": "2026-11-22T08:00:10Z",
                "operation": {"initiatedBy": {"username": "hanako"}, "sync": {"revision": SHA}},
                "syncResult": {"revision": SHA, "source": deployments},
            },
        },
    } | more


def apply(**more: Any) -> dict[str, Any]:
    """Atlantis' apply (runatlantis.io, sending notifications via webhooks)."""
    repository = {"FullName": "acme/infrastructure", "Owner": "acme", "Name": "infrastructure"}
    return {
        "Workspace": "default",
        "Repo": repository,
        "Pull": {
            "Num": 2137,
            "HeadCommit": SHA,
            "URL": "https://github.com/acme/infrastructure/pull/2137",
            "BaseBranch": "main",
            "Author": "octocat",
            "Body": "",
            "BaseRepo": repository,
        },
        "User": {"Username": "octocat", "Teams": None},
        "Success": True,
        "Directory": "services/search/prod",
        "ProjectName": "",
    } | more


def drift() -> dict[str, Any]:
    """Atlantis' drift: one project of two has drifted."""
    counts = {"to_add": 1, "to_change": 2, "to_destroy": 0, "to_import": 0, "to_forget": 0}
    return {
        "repository": "acme/infrastructure",
        "ref": "main",
        "detection_id": "550e8400-e29b-41d4-a716-446655440000",
        "projects_with_drift": 1,
        "total_projects": 2,
        "projects": [
            {
                "project_name": "vpc",
                "path": "modules/vpc",
                "workspace": "production",
                "has_drift": True,
                **counts,
            },
            {"project_name": "ec2", "path": "modules/ec2", "workspace": "production", "has_drift": False},
        ],
    }


def run(status: str | None = "applied", trigger: str = "run:completed") -> dict[str, Any]:
    """HCP Terraform's notification of a run, payload version 1; without a status the one that verifies."""
    is_test = status is None
    return {
        "payload_version": 1,
        "notification_configuration_id": "nc-AeUQ2zfKZzW9TiGZ",
        "run_url": None
        if is_test
        else "https://app.terraform.io/app/acme/search-prod/runs/run-FwnENkvDnrpyFC7M",
        "run_id": None if is_test else "run-FwnENkvDnrpyFC7M",
        "run_message": None if is_test else "Add five new queue workers",
        "run_created_at": None if is_test else "2026-11-20T18:34:00.000Z",
        "run_created_by": None if is_test else "sample-user",
        "workspace_id": None if is_test else "ws-XdeUVMWShTesDMME",
        "workspace_name": None if is_test else "search-prod",
        "organization_name": None if is_test else "acme",
        "notifications": [
            {
                "message": "Run Applied",
                "trigger": "verification" if is_test else trigger,
                "run_status": status,
                "run_updated_at": None if is_test else "2026-11-20T18:37:04.000Z",
                "run_updated_by": None if is_test else "sample-user",
            }
        ],
    }


def gitlab(status: str = "success") -> dict[str, Any]:
    """GitLab's deployment event, with a time as GitLab writes it."""
    return {
        "object_kind": "deployment",
        "status": status,
        "status_changed_at": "2026-11-20 21:50:00 +0900"
        if status == "success"
        else "2026-11-20 21:45:00 +0900",
        "deployment_id": 15,
        "deployable_id": 796,
        "deployable_url": "https://gitlab.example.com/acme/shop/-/jobs/796",
        "environment": "production",
        "environment_tier": "production",
        "project": {"id": 30, "name": "shop", "path_with_namespace": "acme/shop"},
        "short_sha": "279484c0",
        "user": {"id": 1, "name": "Administrator", "username": "root"},
        "commit_title": "Add new file",
        "ref": "main",
    }


def event(
    uid: str = "u1", reason: str = "SuccessfulRescale", kind: str = "HorizontalPodAutoscaler", **more: Any
) -> dict[str, Any]:
    """A Kubernetes event (core/v1)."""
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"shop.{uid}", "namespace": "shop", "uid": uid},
        "involvedObject": {"kind": kind, "namespace": "shop", "name": "shop", "apiVersion": "autoscaling/v2"},
        "reason": reason,
        "message": "New size: 9; reason: cpu resource utilization above target",
        "source": {"component": "horizontal-pod-autoscaler"},
        "firstTimestamp": "2026-11-20T03:00:00Z",
        "lastTimestamp": "2026-11-20T03:10:00Z",
        "count": 1,
        "type": "Normal",
    } | more


def cloud_event(**more: Any) -> dict[str, Any]:
    """A CloudEvent, structured."""
    return {
        "specversion": "1.0",
        "id": "A234-1234-1234",
        "source": "/ci/acme",
        "type": "com.example.deployment.finished",
        "subject": "search",
        "time": "2026-11-20T17:31:00Z",
        "data": {"title": "search 1.2.3 to production", "revision": "1.2.3"},
    } | more
