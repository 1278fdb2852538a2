"""Every type of custom field is read as what it is, and what cannot be read is told and left out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from workplaces_amocrm.translate.directory import declaration
from workplaces_amocrm.translate.rules import Rules
from workplaces_amocrm.translate.work import contact, deal

RULES = Rules(zone=ZoneInfo("Asia/Yekaterinburg"))
MIDNIGHT = 1788202800  # 2026-09-01 in Yekaterinburg, still 31 August in UTC
RAW = {"id": 9, "name": "Поставка", "responsible_user_id": 5, "pipeline_id": 10, "status_id": 142, "price": 100}


def fields(*values, rules=RULES):
    listed = [{"field_id": n, "field_type": kind, "values": held} for n, (kind, held) in enumerate(values, 1)]
    read = contact({"id": 1, "name": "", "responsible_user_id": 5, "custom_fields_values": listed}, rules)
    return read.value.fields, [str(problem) for problem in read.problems]


def value(kind, *contents):
    found, problems = fields((kind, [{"value": content} for content in contents]))
    assert problems == []
    return found.get("1")


@pytest.mark.parametrize(
    ("kind", "contents", "expected"),
    [
        ("text", ["Мебель"], "Мебель"),
        ("text", [12], "12"),
        ("textarea", ["две\nстроки"], "две\nстроки"),
        ("url", ["https://example.ru"], "https://example.ru"),
        ("streetaddress", ["ул. Мира, 1"], "ул. Мира, 1"),
        ("tracking_data", ["utm"], "utm"),
        ("numeric", ["1.5"], 1.5),
        ("numeric", ["-7"], -7),
        ("numeric", [1500], 1500),
        ("numeric", ["1 500,5"], 1500.5),
        ("monetary", ["46333"], 46333),
        ("price", [0.1], 0.1),
        ("checkbox", [True], True),
        ("checkbox", [False], False),
        ("select", ["Сайт"], "Сайт"),
        ("radiobutton", ["Да"], "Да"),
        ("category", ["Столы"], "Столы"),
        ("multiselect", ["a", "b"], ("a", "b")),
        ("multiselect", ["a"], ("a",)),
        ("multitext", ["+7912", "+7913"], ("+7912", "+7913")),
        ("date", [MIDNIGHT], date(2026, 9, 1)),
        ("date", [str(MIDNIGHT)], date(2026, 9, 1)),
        ("date", ["2026-09-01"], date(2026, 9, 1)),
        ("birthday", [-275281200], date(1961, 4, 12)),
        ("date_time", [1788202801], datetime(2026, 8, 31, 19, 0, 1, tzinfo=UTC)),
        ("date_time", ["2026-09-01T00:00:01+05:00"], datetime(2026, 8, 31, 19, 0, 1, tzinfo=UTC)),
        ("smart_address", ["Москва", "Мира, 1"], "Москва, Мира, 1"),
        ("legal_entity", [{"name": "ООО «Ромашка»", "entity_type": 1, "vat_id": "77"}], ("ООО «Ромашка»",)),
        ("linked_entity", [{"name": "Иван", "entity_id": 5}], ("Иван",)),
        ("linked_entity", [{"entity_id": 5}], ("5",)),
        ("file", [{"file_uuid": "u", "file_name": "счёт.pdf"}], ("счёт.pdf",)),
        ("items", [{"sku": "1", "description": "Стол"}, {"sku": "2", "description": "Стул"}], ("Стол", "Стул")),
        ("payer", [{"name": "ИП Иванов"}], ("ИП Иванов",)),
        ("brand_new", ["что-то"], "что-то"),
        ("text", [""], None),
        ("text", [None], None),
        ("multitext", [], None),
    ],
)
def test_each_type_is_read_as_what_it_is(kind, contents, expected):
    found = value(kind, *contents)

    assert found == expected
    assert type(found) is type(expected)


def test_a_chained_list_is_the_ids_of_its_elements():
    found, problems = fields(("chained_list", [{"catalog_id": 1001, "catalog_element_id": 12235}]))

    assert found == {"1": ("12235",)}
    assert problems == []


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("numeric", "много"),
        ("numeric", 2**63),
        ("numeric", str(-(2**63) - 1)),
        ("numeric", float("inf")),
        ("numeric", float("nan")),
        ("numeric", "1e999"),
        ("numeric", True),
        ("checkbox", "может быть"),
        ("date", "скоро"),
        ("date", 10**13),
        ("date", True),
        ("date_time", 1.5),
        ("text", "\ud800"),
        ("multitext", {"strange": []}),
        ("brand_new", {"strange": {}}),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_of_the_record_stays(kind, content):
    found, problems = fields((kind, [{"value": content}]), ("text", [{"value": "рядом"}]))

    assert found == {"2": "рядом"}
    assert len(problems) == 1
    assert problems[0].startswith("contacts[1].custom_fields_values[0].values: ")


@pytest.mark.parametrize("listed", ["x", [7], [{"field_id": None, "values": []}], [{"field_id": 1, "values": 7}]])
def test_malformed_lists_of_fields_are_told_and_the_record_stays(listed):
    read = deal(RAW | {"custom_fields_values": listed}, RULES)

    assert read.value.fields == {"pipeline": "10", "stage": "142", "price": 100}
    assert len(read.problems) == 1
    assert read.problems[0].path.startswith("leads[9].custom_fields_values")


def test_the_number_of_a_date_may_be_a_midnight_of_utc():
    found, _ = fields(("date", [{"value": MIDNIGHT}]), rules=Rules(zone=RULES.zone, date_zone="utc"))

    assert found == {"1": date(2026, 8, 31)}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text", "text"), ("numeric", "number"), ("checkbox", "boolean"), ("select", "option"),
        ("multiselect", "options"), ("multitext", "texts"), ("date", "date"), ("birthday", "date"),
        ("date_time", "datetime"), ("smart_address", "text"), ("brand_new", "text"), (None, "text"),
    ],
)  # fmt: skip
def test_fields_are_declared_as_their_values_are_read(kind, expected):
    read = declaration("deal", {"id": 3, "name": "Поле", "type": kind, "enums": None}).value

    assert read.type == expected
    assert read.options == (() if expected in {"option", "options"} else None)


def test_options_stand_in_the_order_of_amocrm_and_each_once():
    enums = [{"value": "б", "sort": 2}, {"value": "а", "sort": 1}, {"value": "б", "sort": 3}]

    assert declaration("deal", {"id": 3, "name": "", "type": "select", "enums": enums}).value.options == ("а", "б")
