"""Calls of the API: authorised, repeated only where that cannot do harm, and told apart by what helps."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event

import httpx
import jwt
import pytest
import stamina
from workplaces_amocrm.client.api import AmoApi
from workplaces_amocrm.client.http import HttpxTransport, Request
from workplaces_amocrm.client.tokens import LongLived
from workplaces_amocrm.errors import (
    AccountBlocked,
    BatchTooLarge,
    ConsentNeeded,
    NoRights,
    NoSuchThing,
    NotPaid,
    NotSent,
    RateLimited,
    Refused,
    TurnTooLate,
    Unreachable,
)
from workplaces_amocrm.settings import Settings

from workplaces_core.adapters.cells import MemoryCells
from workplaces_core.errors import CrmUnavailable, Problem

SECRET = "ey-very-secret"
HTML = {"content-type": "text/html"}
PROBLEM = {"content-type": "application/problem+json", "x-request-id": "r-17"}


@pytest.fixture(autouse=True)
def _no_pauses():
    with stamina.set_testing(True, attempts=4):
        yield


class ClockCells(MemoryCells):
    """Cells under a clock that only sleeping moves."""

    def __init__(self):
        super().__init__()
        self.at = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


class Server:
    """Answers in a given order, the last one for ever; keeps what was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else httpx.Response(*answer[:1], **answer[1])


def ok(body):
    return (200, {"json": body})


def html(status, **headers):
    return (status, {"content": b"<html><body>nginx</body></html>", "headers": HTML | headers})


def problem(status, **more):
    return (status, {"json": {"title": "Error", "status": status, "detail": "Не так", **more}, "headers": PROBLEM})


def api_of(server, base_url="https://acme.amocrm.ru", cells=None, alert=lambda _: None, **settings):
    cells = cells or ClockCells()
    return AmoApi.open(
        Settings(base_url=base_url, integration_rate=1000, account_rate=1000, **settings),
        tokens=LongLived(SECRET),
        cells=cells,
        transport=HttpxTransport(timeout_seconds=2, mock=httpx.MockTransport(server)),
        sleep=cells.sleep,
        alert=alert,
    )


def test_a_read_sends_token_and_parameters_and_gives_the_decoded_answer_with_unknown_keys():
    server = Server(ok({"id": 7, "new": {"key": [1]}}))
    answer = api_of(server).get("/api/v4/tasks", [("filter[id][]", "7"), ("filter[id][]", "8")])
    assert answer == {"id": 7, "new": {"key": [1]}}
    (asked,) = server.asked
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert asked.url.host == "acme.amocrm.ru"
    assert asked.url.params.get_list("filter[id][]") == ["7", "8"]


@pytest.mark.parametrize("base", ["http://127.0.0.1:8090/amo", "http://127.0.0.1:8090/amo/"])
def test_a_path_in_the_base_address_is_kept(base):
    server = Server(ok({}))
    api_of(server, base).get("/api/v4/tasks", [("page", "1")])
    assert str(server.asked[0].url) == "http://127.0.0.1:8090/amo/api/v4/tasks?page=1"


def test_nothing_to_give_is_none():
    assert api_of(Server((204, {}))).get("/api/v4/leads/5") is None


@pytest.mark.parametrize("call", ["patch", "post", "delete"])
@pytest.mark.parametrize("answer", [(200, {}), (201, {}), (202, {}), (204, {}), (200, {"content": b"null"})], ids=str)
def test_after_a_write_the_status_alone_tells(call, answer):
    assert getattr(api_of(Server(answer)), call)("/api/v4/leads/5", {}) is None


NOTHING = [(200, {}), (200, {"content": b" \n"}), (200, {"content": b"null"}), (202, {}), (304, {})]


@pytest.mark.parametrize("nothing", NOTHING, ids=str)
def test_a_read_answered_with_nothing_is_broken_and_no_empty_list(nothing):
    assert api_of(Server(nothing, ok({"id": 7}))).get("/api/v4/tasks") == {"id": 7}
    with pytest.raises(Unreachable) as caught:
        api_of(Server(nothing)).get("/api/v4/tasks")
    assert type(caught.value) is Unreachable


def test_any_2xx_is_fine():
    assert api_of(Server((202, {"json": [1]}))).post("/api/v4/users", []) == [1]


def test_a_write_goes_in_the_name_of_a_user_when_told():
    server = Server(ok({"id": 7}))
    api_of(server).patch("/api/v4/tasks/7", {"result": {"text": "Дозвонился"}}, as_user="12")
    (asked,) = server.asked
    assert asked.headers["x-context-user-id"] == "12"
    assert asked.headers["content-type"] == "application/json"
    assert "Дозвонился" in asked.content.decode()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (problem(400), Refused),
        (problem(405), Refused),
        (problem(422), Refused),
        (problem(401), ConsentNeeded),
        (html(401), ConsentNeeded),
        (html(402), NotPaid),
        (problem(403), NoRights),
        (html(403), AccountBlocked),
        (problem(404), NoSuchThing),
        (html(429), RateLimited),
        (problem(500), Unreachable),
        (html(502), Unreachable),
        (html(503), Unreachable),
        (html(504), BatchTooLarge),
        (html(302), Unreachable),
        ((200, {"content": b'{"_embedded": {"tas'}), Unreachable),
        (html(200), Unreachable),
    ],
    ids=range(17),
)
def test_each_answer_is_told_apart_by_status_first(answer, kind):
    with pytest.raises(kind) as caught:
        api_of(Server(answer)).get("/api/v4/tasks")
    assert type(caught.value) is kind
    assert SECRET not in repr(caught.value)


def test_a_refusal_lists_what_is_wrong_and_the_request_id():
    answer = problem(
        400,
        **{
            "validation-errors": [
                {"request_id": "0", "errors": [{"code": "NotSupportedChoice", "path": "x.0.id", "detail": "Нет"}]},
                "odd",
                {"errors": None},
            ]
        },
    )
    with pytest.raises(Refused, match="r-17") as caught:
        api_of(Server(answer)).patch("/api/v4/leads", [{}])
    assert caught.value.problems == (Problem("[0].x.0.id", None, "Нет (`NotSupportedChoice`)"),)


FLEETING = [
    html(502),
    problem(500),
    html(504),
    html(429),
    httpx.ReadTimeout("slow"),
    httpx.ConnectError("no"),
    httpx.RemoteProtocolError("reset"),
    (200, {"content": b'{"a'}),
]


UNKNOWN = [html(502), problem(500), html(504), httpx.ReadTimeout("slow"), httpx.WriteError("reset"),
           httpx.RemoteProtocolError("gone"), (200, {"content": b"{"})]  # fmt: skip


@pytest.mark.parametrize("fault", FLEETING, ids=range(len(FLEETING)))
def test_a_read_outlives_a_fleeting_fault(fault):
    server = Server(fault, ok({"id": 7}))
    assert api_of(server).get("/api/v4/tasks/7") == {"id": 7}
    assert len(server.asked) == 2


@pytest.mark.parametrize("call", ["patch", "post", "delete"])
@pytest.mark.parametrize("fault", UNKNOWN, ids=range(len(UNKNOWN)))
def test_a_write_whose_fate_is_unknown_is_not_repeated(call, fault):
    server = Server(fault, ok({}))
    with pytest.raises(Unreachable) as caught:
        getattr(api_of(server), call)("/api/v4/tasks/7", {"is_completed": True})
    assert not isinstance(caught.value, NotSent)
    assert len(server.asked) == 1


@pytest.mark.parametrize("fault", [html(429), httpx.ConnectError("no"), httpx.ConnectTimeout("no")], ids=range(3))
def test_a_write_that_certainly_had_no_effect_is_repeated(fault):
    server = Server(fault, ok({"id": 7}))
    assert api_of(server).patch("/api/v4/tasks/7", {}) == {"id": 7}


@pytest.mark.parametrize(
    ("fault", "kind"), [(html(429), RateLimited), (httpx.ConnectError("no"), NotSent)], ids=range(2)
)
def test_repeating_ends(fault, kind):
    server = Server(fault)
    with pytest.raises(kind) as caught:
        api_of(server).patch("/api/v4/tasks/7", {})
    assert isinstance(caught.value, CrmUnavailable)
    assert len(server.asked) == 4


def test_a_504_on_a_batch_says_at_once_that_it_is_too_large():
    server = Server(html(504))
    with pytest.raises(BatchTooLarge):
        api_of(server).patch("/api/v4/contacts", [{"id": 1}, {"id": 2}])
    assert len(server.asked) == 1


def test_a_504_on_a_single_entity_is_nothing_that_a_smaller_batch_would_help():
    with pytest.raises(Unreachable):
        api_of(Server(html(504))).patch("/api/v4/contacts", [{"id": 1}])


def test_retry_after_is_honoured_and_told():
    cells = ClockCells()
    with pytest.raises(RateLimited) as caught, stamina.set_testing(True, attempts=1):
        api_of(Server(html(429, **{"retry-after": "9"})), cells=cells).get("/api/v4/tasks")
    assert caught.value.retry_after == 9


def test_a_call_of_an_employee_does_not_wait_out_a_long_pause_and_is_not_sent_before_it_is_over():
    cells = ClockCells()
    server = Server(html(429, **{"retry-after": "20"}), ok({"id": 7}))
    api, start = api_of(server, cells=cells), cells.at
    with pytest.raises(TurnTooLate, match="in 20 s") as caught:
        api.patch("/api/v4/tasks/7", {})
    assert isinstance(caught.value, CrmUnavailable)
    assert caught.value.retry_after == pytest.approx(20)
    assert (len(server.asked), cells.at - start < timedelta(seconds=1)) == (1, True)
    with pytest.raises(TurnTooLate):
        api.get("/api/v4/tasks/7", lane="interactive")
    assert len(server.asked) == 1
    assert api.get("/api/v4/tasks/7") == {"id": 7}
    assert cells.at - start >= timedelta(seconds=20)
    assert api.patch("/api/v4/tasks/7", {}) == {"id": 7}


def test_a_call_of_an_employee_waits_out_a_short_pause():
    cells = ClockCells()
    server = Server(html(429, **{"retry-after": "3"}), ok({"id": 7}))
    start = cells.at
    assert api_of(server, cells=cells).patch("/api/v4/tasks/7", {}) == {"id": 7}
    assert cells.at - start >= timedelta(seconds=3)


def test_a_blocked_account_is_never_called_again_by_any_client_until_a_person_acts():
    cells, alerts = ClockCells(), []
    server, other = Server(html(403)), Server(ok([]))
    with pytest.raises(AccountBlocked):
        api_of(server, cells=cells, alert=alerts.append).get("/api/v4/tasks")
    second = api_of(other, cells=cells, alert=alerts.append)
    for _ in range(3):
        with pytest.raises(AccountBlocked):
            second.patch("/api/v4/tasks/7", {})
    assert (len(server.asked), len(other.asked), len(alerts)) == (1, 0, 1)
    assert second.unblock()
    assert second.get("/api/v4/tasks") == []


def test_an_html_403_is_only_a_lack_of_rights_where_settings_say_so():
    with pytest.raises(NoRights):
        api_of(Server(html(403)), html_403_blocks=False).get("/api/v4/tasks")


def test_a_401_in_passing_costs_a_long_lived_token_nothing():
    server = Server(problem(401), ok([]))
    assert api_of(server).get("/api/v4/tasks") == []


def of_path(path, there, elsewhere):
    """Answer one path in its own way, and every other one alike."""

    def answer(request):
        status, rest = there if request.url.path == path else elsewhere
        return httpx.Response(status, **rest)

    return Server(answer)


def test_a_404_without_a_body_is_believed_only_where_the_account_still_is():
    nothing = (404, {})
    with pytest.raises(NoSuchThing):
        api_of(of_path("/api/v4/account", ok({"id": 31}), nothing)).get("/api/v4/tasks/7")
    with pytest.raises(Unreachable, match="renamed"):
        api_of(Server(nothing), attempts_bulk=1).get("/api/v4/tasks/7")


@pytest.mark.parametrize("call", ["get", "patch"])
def test_a_404_in_a_page_is_not_of_the_api_and_never_believed(call):
    there = of_path("/api/v4/account", ok({"id": 31}), html(404))
    with pytest.raises(Unreachable, match="404 for /api/v4/tasks/7 came in a page") as caught:
        getattr(api_of(there), call)("/api/v4/tasks/7", [("secret", "s3cr3t")])
    assert not isinstance(caught.value, NotSent)
    assert "s3cr3t" not in str(caught.value)
    with pytest.raises(Unreachable, match="renamed"):
        api_of(Server(html(404)), attempts_bulk=1).get("/api/v4/tasks/7")


def test_a_403_without_a_body_is_a_lack_of_rights_and_blocks_nobody():
    cells = ClockCells()
    with pytest.raises(NoRights):
        api_of(Server((403, {})), cells=cells).get("/api/v4/events")
    assert api_of(Server(ok({"id": 31})), cells=cells).get("/api/v4/account") == {"id": 31}


def test_brackets_of_a_filter_are_sent_as_they_are():
    server = Server(ok({}))
    api_of(server).get("/api/v4/leads", [("filter[id][]", str(10_000_000 + number)) for number in range(250)])
    query = server.asked[0].url.raw_path
    assert query.count(b"filter[id][]=") == 250
    assert len(query) < 6_000


def test_closing_lets_the_tokens_go_too_and_sends_nothing_afterwards():
    closed = []

    class Kept(LongLived):
        def close(self):
            closed.append(True)

    api = AmoApi.open(Settings(base_url="http://127.0.0.1:9"), tokens=Kept(SECRET))
    api.close()
    assert closed
    with pytest.raises(NotSent, match="closed"):
        api.patch("/api/v4/tasks/7", {}, lane="interactive")


def test_closing_waits_for_a_call_under_way():
    asked, go_on, closed = Event(), Event(), Event()

    def slow(_):
        asked.set()
        assert go_on.wait(10)
        return httpx.Response(200, json={"id": 7})

    transport = HttpxTransport(timeout_seconds=2, mock=httpx.MockTransport(slow))
    with ThreadPoolExecutor(2) as pool:
        call = pool.submit(transport.send, Request("GET", "http://127.0.0.1/api/v4/tasks/7"))
        assert asked.wait(10)
        end = pool.submit(lambda: (transport.close(), closed.set()))
        assert not closed.is_set()
        go_on.set()
        assert call.result().status == 200
        end.result()
    assert closed.is_set()


def test_a_refused_user_is_no_reason_to_ask_for_consent():
    with pytest.raises(NoRights, match="`12`"):
        api_of(Server(problem(401))).patch("/api/v4/tasks/7", {}, as_user="12")


def test_secrets_show_in_no_repr():
    server = Server(ok([]))
    api = api_of(server)
    api.get("/api/v4/tasks")
    assert SECRET not in repr(api)


def test_a_query_shows_in_no_error():
    with pytest.raises(Refused) as caught:
        api_of(Server(problem(400))).get("/api/v4/webhooks", [("filter[destination]", "https://x/hook/s3cr3t")])
    assert "s3cr3t" not in str(caught.value)


def test_a_long_lived_token_names_its_integration_if_it_can():
    named = jwt.encode({"aud": "31a5"}, "k" * 32, algorithm="HS256")
    assert LongLived(named).integration == "31a5"
    assert LongLived("opaque").integration == "long-lived"


@contextmanager
def raw_server(*replies):
    """Serve raw bytes, one connection each: None resets it without an answer."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked = []

    def serve():
        for reply in replies:
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(65536))
                if reply is None:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                else:
                    connection.sendall(reply)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        thread.join(timeout=10)


WHOLE = b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{"id": 7}'
CUT = b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\nConnection: close\r\n\r\n{"id": '
CUT_UNDECLARED = b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"id": '


@pytest.mark.parametrize("broken", [None, CUT, CUT_UNDECLARED, b"HTTP/1.1 2", b""], ids=range(5))
def test_over_a_real_connection_a_read_outlives_resets_and_cut_answers(broken):
    with raw_server(broken, WHOLE) as (base_url, asked):
        settings = Settings(base_url=base_url, integration_rate=1000)
        api = AmoApi.open(settings, tokens=LongLived(SECRET))
        assert api.get("/api/v4/tasks/7") == {"id": 7}
        api.close()
    assert len(asked) == 2


@pytest.mark.parametrize("broken", [None, CUT, CUT_UNDECLARED], ids=range(3))
def test_over_a_real_connection_a_cut_write_is_of_unknown_fate(broken):
    with raw_server(broken) as (base_url, asked):
        api = AmoApi.open(Settings(base_url=base_url), tokens=LongLived(SECRET))
        with pytest.raises(Unreachable):
            api.patch("/api/v4/tasks/7", {})
        api.close()
    assert len(asked) == 1


def test_no_connection_means_that_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    api = AmoApi.open(Settings(base_url=f"http://127.0.0.1:{port}"), tokens=LongLived(SECRET))
    with pytest.raises(NotSent):
        api.patch("/api/v4/tasks/7", {})
    api.close()
