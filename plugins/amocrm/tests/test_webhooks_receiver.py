"""The laws of receiving webhooks: whoever knows the secret is heard, and nothing that he sends is believed."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workplaces_amocrm.webhooks import Received, is_disabled_notice, receive
from workplaces_amocrm.webhooks.body import MAX_FIELDS

SECRET = "s3cret-of-this-account"
FORM = "application/x-www-form-urlencoded"

RESPONSIBLE_LEAD = [
    ("leads[responsible][0][id]", "19619"),
    ("leads[responsible][0][name]", "Сделка & друзья = 100%"),
    ("leads[responsible][0][status_id]", "142"),
    ("leads[responsible][0][responsible_user_id]", "12"),
    ("leads[responsible][0][custom_fields][0][id]", "427183"),
    ("leads[responsible][0][custom_fields][0][values][0][value]", "task[update][0][id]=666"),
    ("leads[responsible][0][tags][0][id]", "100667"),
    ("leads[responsible][0][old_responsible_user_id]", "11"),
    ("account[subdomain]", "acme"),
    ("account[id]", "31"),
    ("account[_links][self]", "https://acme.amocrm.ru"),
]


def received(body: bytes | str | list[tuple[str, str]], content_type: str | None = FORM) -> Received:
    if isinstance(body, list):
        body = urlencode(body)
    return receive(SECRET, SECRET, body.encode() if isinstance(body, str) else body, content_type)


def ids(body: bytes | str | list[tuple[str, str]]) -> set[tuple[str, str]]:
    return set(received(body).ids)


# -- what a body names -----------------------------------------------------------------------------------------


def test_only_the_entity_itself_is_named_not_what_stands_in_it():
    assert ids(RESPONSIBLE_LEAD) == {("deal", "19619")}


@pytest.mark.parametrize("action", ["add", "update", "delete", "responsible", "restore", "status"])
@pytest.mark.parametrize(
    ("root", "kind", "type_"),
    [
        ("task", "task", None),
        ("leads", "deal", None),
        ("contacts", "contact", "contact"),
        ("contacts", "company", "company"),
        ("companies", "company", None),
    ],
)
def test_every_action_names_its_entity(root, kind, type_, action):
    body = [(f"{root}[{action}][0][id]", "7"), (f"{root}[{action}][0][text]", "x")]
    if type_:
        body.append((f"{root}[{action}][0][type]", type_))

    assert ids(body) == {(kind, "7")}


def test_a_client_that_does_not_say_what_it_is_may_be_either():
    assert ids([("contacts[delete][0][id]", "7")]) == {("contact", "7"), ("company", "7")}
    assert ids([("contacts[delete][0][id]", "7"), ("contacts[delete][0][type]", "ghost")]) == {
        ("contact", "7"),
        ("company", "7"),
    }


def test_clients_of_both_kinds_in_one_body_are_told_apart():
    body = [
        ("contacts[update][0][id]", "7"),
        ("contacts[update][0][type]", "contact"),
        ("contacts[update][1][id]", "8"),
        ("contacts[update][1][type]", "company"),
        ("contacts[update][1][linked_leads_id][9][ID]", "9"),
    ]

    assert ids(body) == {("contact", "7"), ("company", "8")}


@pytest.mark.parametrize(
    "key",
    ["task[update][0][0][id]", "task[0][update][0][id]", "task[delete][id]", "task[delete][0]", "task[delete][]"],
)
def test_spellings_that_nobody_could_verify_are_understood(key):
    assert ids([(key, "7")]) == {("task", "7")}


@pytest.mark.parametrize(
    "body",
    [
        [("unsorted[add][0][id]", "7")],
        [("customers[add][0][id]", "7")],
        [("leads[note][0][note][id]", "7")],
        [("task[update][0][result][id]", "7")],
        [("account[id]", "31")],
        [],
    ],
    ids=str,
)
def test_what_no_desk_shows_wakes_nobody(body):
    got = received(body)

    assert (got.status, got.pays, got.problems) == (200, False, ())


@pytest.mark.parametrize("encode", [urlencode, lambda pairs: "&".join(f"{key}={quote(text)}" for key, text in pairs)])
def test_brackets_may_be_encoded_or_not(encode):
    assert ids(encode(RESPONSIBLE_LEAD)) == {("deal", "19619")}


@pytest.mark.parametrize("value", ["", "x", "0", "-7", "7.5", "٧", "1e3", "9" * 30, "7; drop", "\x00", "[]"])
def test_an_id_that_is_none_is_reported_and_something_is_looked_for(value):
    got = received([("task[update][0][id]", value), ("leads[add][0][id]", "8")])

    assert got.ids == {("deal", "8")}
    assert got.everything
    assert got.problems[0].path == "task[update][0][id]"
    assert got.status == 200


# -- in any order, as often as you like ------------------------------------------------------------------------

NAMES = {"task": "task", "leads": "deal", "companies": "company"}
ENTITIES = st.tuples(
    st.sampled_from(sorted(NAMES)),
    st.sampled_from(["add", "update", "delete", "responsible"]),
    st.integers(1, 10**15),
)
NOISE = st.dictionaries(
    st.sampled_from(["text", "name", "custom_fields][0][id", "tags][0][id", "element_id", "created_at"]),
    st.text(max_size=8),
    max_size=4,
)


@st.composite
def bodies(draw) -> tuple[list[tuple[str, str]], set[tuple[str, str]]]:
    """Fields of a body in any order and repeated, and the entities that it names."""
    fields, named = [], set()
    for index, (root, action, id_) in enumerate(draw(st.lists(ENTITIES, max_size=6))):
        place = f"{root}[{action}][{index}]"
        fields.append((f"{place}[id]", str(id_)))
        fields += [(f"{place}[{key}]", text) for key, text in draw(NOISE).items()]
        named.add((NAMES[root], str(id_)))
    again = draw(st.lists(st.sampled_from(fields), max_size=4)) if fields else []
    return draw(st.permutations(fields + again)), named


@given(bodies())
def test_what_is_named_does_not_depend_on_order_repetition_or_noise(drawn):
    fields, named = drawn
    got = received(fields)

    assert (got.status, set(got.ids), got.everything) == (200, named, False)


# -- hostile bodies --------------------------------------------------------------------------------------------

SIGNS = r"task leads contacts [ ] [] [0] [id] [type] = & % %5B %zz + 7 [update] [delete] é 😀 ; _links"
PIECES = st.sampled_from([*SIGNS.split(), "\x00", "[" * 50, "]" * 50, "0" * 40])


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(PIECES, max_size=30).map(lambda pieces: "".join(pieces).encode()),
        st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    ),
    st.one_of(st.none(), st.just(FORM), st.text(max_size=20)),
)
def test_whatever_is_sent_is_answered_200_and_names_numbers_alone(body, content_type):
    got = receive(SECRET, SECRET, body, content_type)

    assert got.status == 200
    assert all(
        kind in {"task", "deal", "contact", "company"} and id_.isdecimal() and id_.isascii() for kind, id_ in got.ids
    )
    assert got.everything >= bool(got.problems)
    assert len(got.problems) <= 20


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"{}", "application/json", "content-type"),
        (b"x" * 11, FORM, "at most 10 bytes"),
    ],
)
def test_what_cannot_be_read_says_that_something_changed(body, content_type, words):
    got = receive(SECRET, SECRET, body, content_type, max_body=10)

    assert (got.status, got.everything, got.ids) == (200, True, frozenset())
    assert words in str(got.problems[0])


def test_a_body_of_more_fields_than_any_webhook_has_is_not_read():
    got = received(b"a&" * (MAX_FIELDS + 1))

    assert (got.everything, got.ids) == (True, frozenset())


def test_the_type_may_name_a_character_set_or_be_missing():
    assert received("task[add][0][id]=7", "Application/X-WWW-Form-urlencoded; charset=UTF-8").ids
    assert received("task[add][0][id]=7", None).ids
    assert received("task[add][0][id]=7", "").ids


# -- the secret ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("guess", ["", "S3CRET-OF-THIS-ACCOUNT", SECRET + " ", SECRET[:-1], "ключ", "\ud800"])
def test_a_stranger_is_told_nothing_and_changes_nothing(guess):
    assert receive(guess, SECRET, b"task[add][0][id]=7", FORM) == Received(status=404)


def test_without_a_secret_nobody_is_let_in():
    assert receive("", "", b"task[add][0][id]=7", FORM).status == 404


# -- the notice that the integration was switched off ----------------------------------------------------------


def signed(message: str, secret: str = "секрет") -> str:
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("changed", "genuine"),
    [
        ({}, True),
        ({"signature": signed("uuid|31").upper()}, True),
        ({"account_id": "32"}, False),
        ({"client_uuid": "other", "signature": signed("other|31")}, False),
        ({"signature": signed("uuid|31", "another secret")}, False),
        ({"signature": ""}, False),
        ({"signature": "подпись"}, False),
        ({"client_secret": "", "signature": signed("uuid|31", "")}, False),
    ],
)
def test_only_amocrm_can_say_that_we_were_switched_off(changed, genuine):
    notice = {
        "client_uuid": "uuid",
        "account_id": "31",
        "signature": signed("uuid|31"),
        "client_id": "uuid",
        "client_secret": "секрет",
    }

    assert is_disabled_notice(**notice | changed) is genuine
