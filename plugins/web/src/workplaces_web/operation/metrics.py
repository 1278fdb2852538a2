"""What Prometheus may ask: commands and how they ended, how long requests last, queues, streams, age of the reading."""

from __future__ import annotations

import os
from collections.abc import Mapping
from time import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable with the folder in which processes put their counters, so that any of them tells all."""


class Metrics:
    """The counters of this process, or of all that share a folder."""

    def __init__(self) -> None:
        """Count from zero, in a registry of our own."""
        own = self.registry = CollectorRegistry()
        self.commands = Histogram(
            "workplaces_command_seconds", "Commands of the service: how they ended, and how long they took",
            ["command", "outcome", "error"], registry=own,
        )  # fmt: skip
        self.ends = Counter("workplaces_lease_ends", "Leases ended by a command, by how", ["event"], registry=own)
        self.requests = Histogram(
            "workplaces_request_seconds", "Seconds a request took", ["route", "method", "status"], registry=own
        )
        self.streams = self._gauge("streams", "Screens that listen for events", "livesum")
        self.leases = self._gauge("leases", "Tasks that somebody works on", "livemax")
        self.waiting = Gauge(
            "workplaces_waiting_tasks", "Tasks in the queues of now, by role and priority", ["role", "priority"],
            registry=own, multiprocess_mode="livemax",
        )  # fmt: skip
        self.synced = self._gauge("synced_timestamp_seconds", "When the CRM was last read", "livemax")
        self.policy = self._gauge("policy_version", "The policy in use", "livemin")

    def _gauge(self, name: str, about: str, together: str) -> Gauge:
        return Gauge(f"workplaces_{name}", about, registry=self.registry, multiprocess_mode=together)  # type: ignore[arg-type]

    def observe(self, name: str, seconds: float, about: Mapping[str, str]) -> None:
        """Count a command of the service."""
        self.commands.labels(name, about["outcome"], about["error"]).observe(seconds)
        if about["error"]:
            return
        if name == "sync":
            self.synced.set(time())
        elif name in {"finish", "postpone", "release", "skip"}:
            self.ends.labels(about["outcome"]).inc()

    def text(self) -> bytes:
        """Write them all."""
        if SHARED_FOLDER not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


METRICS = Metrics()
"""This process's counters: Prometheus asks a process, not an application."""
