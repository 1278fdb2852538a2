"""The archive of the widget: what amoCRM demands of it, and that the same settings give the same bytes."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib

import pytest
from workplaces_amocrm.widget.archive import widget_zip
from workplaces_amocrm.widget.drawing import WHITE, Box, Canvas
from workplaces_amocrm.widget.manifest import WidgetSettings

from workplaces_core.errors import InvalidInput

SIZES = {
    "images/logo.png": (130, 100),
    "images/logo_main.png": (400, 272),
    "images/logo_medium.png": (240, 84),
    "images/logo_min.png": (84, 84),
    "images/logo_small.png": (108, 108),
    "images/tour.png": (1188, 616),
}


def opened(**settings):
    archive = widget_zip(WidgetSettings(**({"backend_url": "https://desk.example.ru"} | settings)))
    unpacked = zipfile.ZipFile(io.BytesIO(archive))
    return {name: unpacked.read(name) for name in unpacked.namelist()}


def manifest(**settings):
    return json.loads(opened(**settings)["manifest.json"])


def test_the_same_settings_give_the_same_bytes_and_another_version_does_not():
    one, same = (widget_zip(WidgetSettings(backend_url="https://desk.example.ru")) for _ in range(2))
    assert one == same
    assert one != widget_zip(WidgetSettings(backend_url="https://desk.example.ru", version="1.0.1"))


def test_the_archive_holds_these_files_at_its_root_and_no_others():
    expected = {"manifest.json", "script.js", "style.css", "i18n/ru.json", "i18n/en.json", *SIZES}
    assert set(opened()) == expected


def test_texts_are_utf8_without_a_mark_and_with_unix_ends_of_line():
    for name, content in opened().items():
        if not name.startswith("images/"):
            assert not content.startswith(b"\xef\xbb\xbf"), name
            assert b"\r" not in content, name
            content.decode("utf-8")


def pixels(png):
    width, height = struct.unpack(">II", png[16:24])
    raw = zlib.decompress(png[png.index(b"IDAT") + 4 : -16])
    return width, height, raw


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_every_picture_is_a_whole_png_of_the_size_that_amocrm_demands(name, size):
    png = opened()[name]
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(png) < 300_000
    width, height, raw = pixels(png)
    assert (width, height) == size
    assert len(raw) == height * (1 + 3 * width)
    assert len({raw[at : at + 3] for at in range(1, 3 * width, 3)} | {raw[-3:]}) >= 1
    assert len(set(raw)) > 5, "nothing is drawn"


def test_a_pixel_that_is_covered_by_half_gets_half_of_the_colour():
    canvas = Canvas(4, 1, WHITE)
    canvas.pill(Box(1.5, 0, 2, 1), 0, (0, 0, 0))
    _, _, raw = pixels(canvas.png())
    assert list(raw[1::3]) == [255, 128, 0, 128]


def test_the_manifest_says_once_everywhere_and_settings_page():
    found = manifest(version="2.3.4")
    assert found["widget"]["init_once"] is True
    assert found["widget"]["interface_version"] == 2
    assert found["widget"]["version"] == "2.3.4"
    assert found["widget"]["locale"] == ["ru", "en"]
    assert {"everywhere", "settings", "advanced_settings"} <= set(found["locations"])
    assert found["tour"]["is_tour"] is True
    assert found["settings"] == {}
    assert "code" not in found["widget"]
    assert manifest(code="workplaces")["widget"]["code"] == "workplaces"


def keys(texts, prefix=""):
    return {
        path
        for name, value in texts.items()
        for path in (keys(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name})
    }


def referred(value):
    if isinstance(value, dict):
        return {each for item in value.values() for each in referred(item)}
    if isinstance(value, list):
        return {each for item in value for each in referred(item)}
    return {value} if isinstance(value, str) and value.startswith(("widget.", "advanced.", "settings.")) else set()


def test_both_languages_have_the_same_texts_and_every_text_that_the_manifest_names():
    files = opened()
    russian, english = (json.loads(files[f"i18n/{locale}.json"]) for locale in ("ru", "en"))
    assert keys(russian) == keys(english)
    assert referred(manifest()) <= keys(russian)


def test_pictures_of_the_tour_are_in_the_archive():
    files = opened()
    for locale in ("ru", "en"):
        for path in manifest()["tour"]["tour_images"][locale]:
            assert path.removeprefix("/") in files


def test_the_english_texts_have_no_russian_and_name_no_ru_domain():
    text = opened()["i18n/en.json"].decode()
    assert text.isascii() or not any("а" <= letter.lower() <= "я" for letter in text)
    assert ".ru" not in text


def test_the_address_of_the_backend_stands_in_the_script_once_and_cannot_break_out_of_it():
    script = opened(backend_url="https://desk.example.ru/amo/")["script.js"].decode()
    assert script.count('"https://desk.example.ru/amo"') == 1
    assert "%BACKEND%" not in script


@pytest.mark.parametrize(
    "url",
    ["http://desk.example.ru", "desk.example.ru", "https://", "https://u:p@desk.example.ru", "https://desk.example.ru?a=1",
     "https://desk.example.ru#a", "https://desk.example.ru/'+alert(1)+'", "https://desk.example.ru:x", ""],
)  # fmt: skip
def test_an_address_that_is_no_plain_https_is_refused_with_its_name_and_value(url):
    with pytest.raises(InvalidInput, match="--backend-url") as refusal:
        WidgetSettings(backend_url=url)
    assert refusal.value.problems[0].value == url


@pytest.mark.parametrize("wrong", [{"version": "1"}, {"version": "1.0.x"}, {"code": "Our Code"}, {"support": "mail"}])
def test_other_wrong_settings_are_refused_too(wrong):
    with pytest.raises(InvalidInput, match=f"--{next(iter(wrong))}"):
        WidgetSettings(backend_url="https://desk.example.ru", **wrong)
