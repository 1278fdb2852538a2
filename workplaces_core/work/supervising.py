"""What a supervisor does: publish a policy, and have given back what a transfer changed before it failed."""

from __future__ import annotations

from attrs import frozen

from workplaces_core.adapters.stores import PolicyVersion, Saga, Transaction
from workplaces_core.answers import Finding
from workplaces_core.errors import NotAllowed
from workplaces_core.policy import Policy
from workplaces_core.work.ownership import giving_back


@frozen
class Published:
    """A policy that was published, with what `check` found in it."""

    version: int
    published: PolicyVersion
    findings: tuple[Finding, ...]


def publish(tx: Transaction, policy: Policy, author: str | None, comment: str) -> PolicyVersion:
    """Keep a policy as the newest. Raises PolicyError unless its version is greater than any."""
    published = PolicyVersion(policy, author, tx.at, comment)
    tx.add_policy(published)
    details = {"version": policy.version, "author": author, "comment": comment}
    tx.append("published", user=None, task=None, fence=None, details=details)
    return published


def compensate(tx: Transaction, saga_id: int) -> Saga:
    """Begin to give back what a failed transfer changed. Raises NotAllowed when there is nothing to give back."""
    failed = tx.saga(saga_id)
    if failed is None or failed.kind != "transfer":
        raise NotAllowed(f"`{saga_id}` is no transfer")
    if failed.state not in {"partly_transferred", "lost_race"}:
        raise NotAllowed(f"transfer `{saga_id}` is `{failed.state}`, only one that failed can be given back")
    steps = giving_back(failed)
    if not steps:
        raise NotAllowed(f"transfer `{saga_id}` changed nothing that could be given back")
    return tx.put_saga(Saga(0, "compensate", failed.task, failed.user, failed.fence, steps, started=tx.at))
