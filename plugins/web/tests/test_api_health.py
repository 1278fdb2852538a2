"""What a machine asks of the service: does it live, is it of use, what does it count."""

from __future__ import annotations

import logging

import pytest
import structlog
from workplaces_web.operation import logs

from plugins.web.tests.desks import office, task
from workplaces_core.errors import StoreUnavailable


def test_a_service_whose_store_does_not_answer_lives_and_is_not_ready():
    made = office()
    with made.browser() as machine:
        assert machine.get("/readyz").json() == {"ready": True, "store": True, "account": True, "policy_version": 1}

        def down():
            raise StoreUnavailable("down")

        made.store.position = down
        assert machine.get("/healthz").status_code == 200
        answer = machine.get("/readyz")
    assert (answer.status_code, answer.json()["store"]) == (503, False)


def test_a_service_that_has_not_read_the_account_yet_is_not_ready():
    made = office()
    made.service._live._engine = None
    with made.browser() as machine:
        answer = machine.get("/readyz")
    assert (answer.status_code, answer.json()["account"]) == (503, False)


def test_commands_ends_and_what_waits_are_counted():
    made = office(task("t1", "anna"), task("t2", "gone"))
    with made.browser("anna") as anna:

        def counted(line: str) -> float:
            found = [each for each in anna.get("/metrics").text.splitlines() if each.startswith(f"{line} ")]
            return float(found[0].rsplit(" ", 1)[-1]) if found else 0.0

        taken = 'workplaces_command_seconds_count{command="take",error="",outcome="leased"}'
        ended = 'workplaces_lease_ends_total{event="finished"}'
        before = counted(taken), counted(ended)
        fence = anna.post("/api/v1/desk/take").json()["lease"]["fence"]
        assert counted("workplaces_leases") == 1
        anna.post("/api/v1/desk/finish", json={"fence": fence})
        made.service.sync()
        assert (counted(taken), counted(ended)) == (before[0] + 1, before[1] + 1)
        assert counted('workplaces_waiting_tasks{priority="common",role="sales"}') == 1
        assert counted("workplaces_leases") == 0
        assert counted("workplaces_synced_timestamp_seconds") > 0
        assert counted('workplaces_request_seconds_count{method="POST",route="/api/v1/desk/finish",status="200"}') >= 1


def test_metrics_ask_for_their_token_or_are_for_this_machine_alone():
    with office(metrics_token="a token of sixteen").browser("root") as client:
        assert client.get("/metrics").status_code == 401
        wrong = client.get("/metrics", headers={"Authorization": "Bearer guess"})
        right = client.get("/metrics", headers={"Authorization": "Bearer a token of sixteen"})
        assert (wrong.status_code, right.status_code) == (401, 200)
    with office().browser() as client:
        assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 401


@pytest.mark.parametrize("readable", [True, False])
def test_secrets_are_masked_in_logs_of_ours_and_of_libraries(capsys, readable):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.configure(readable=readable)
        structlog.get_logger("ours").info("signed in", password="swordfish", details={"api_token": "swordfish"})
        logging.getLogger("library").warning("called", extra={"Authorization": "Bearer swordfish", "status": 200})
    finally:
        root.handlers[:], root.level = before, level
    written = capsys.readouterr().err
    assert "swordfish" not in written
    assert "signed in" in written
    assert "called" in written
