"""Law 2: the same question gives the same bytes, in this process and in any other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given

import workplaces_core
from tests.property.sampling import sample
from workplaces_core import decide, explain
from workplaces_core.testing import laws
from workplaces_core.testing.situations import Situation
from workplaces_core.testing.strategies import situations

ANSWER = "from tests.property.test_repetition import answer_lines; answer_lines()"
SITUATIONS = 60
ROOT = Path(__file__).parents[2]


@given(situations())
def test_deciding_twice_gives_the_same_bytes(situation):
    laws.deciding_twice_gives_the_same_bytes(decide, situation)


@pytest.mark.slow
def test_every_process_gives_the_same_bytes_whatever_its_hash_seed():
    asked = "\n".join(map(written, sample(situations(), SITUATIONS))).encode()
    here = "".join(answer(line) + "\n" for line in asked.decode().split("\n")).encode()

    assert [asked_elsewhere(seed, asked) for seed in ("0", "1", "4242")] == [here] * 3


def written(situation: Situation) -> str:
    policy, snapshot = workplaces_core.wire.dumps(situation.policy), workplaces_core.wire.dumps(situation.snapshot)
    return json.dumps([policy, snapshot, situation.user, situation.now.isoformat()])


def answer(line: str) -> str:
    """Decide, explain and dump one question."""
    policy_text, snapshot_text, user, now_text = json.loads(line)
    policy = workplaces_core.wire.load_policy(policy_text)
    snapshot = workplaces_core.wire.load_snapshot(snapshot_text)
    now = datetime.fromisoformat(now_text)
    answers = [policy, snapshot, decide(snapshot, policy, user=user, now=now)]
    answers += [explain(snapshot, policy, user=user, task=task, now=now) for task in snapshot.tasks]
    return "\n".join(map(workplaces_core.wire.dumps, answers))


def answer_lines() -> None:
    """Answer every question that comes in, in a process of its own."""
    for line in sys.stdin.buffer.read().decode().split("\n"):
        sys.stdout.buffer.write(f"{answer(line)}\n".encode())


def asked_elsewhere(seed: str, asked: bytes) -> bytes:
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-W", "error", "-c", ANSWER]
    return subprocess.run(command, input=asked, capture_output=True, check=True, env=environment, cwd=ROOT).stdout
