"""`workplaces amocrm demo`: the whole way, from reading over HTTP to a deal that changes hands."""

from __future__ import annotations

import pytest
from workplaces_amocrm.cli import run


@pytest.mark.parametrize(("language", "after"), [("en", "After"), ("ru", "Стало")])
def test_the_demo_changes_the_crm_and_breaks_no_rule(capsys, monkeypatch, language, after):
    monkeypatch.setenv("COLUMNS", "120")  # a narrower table would break lines within what is looked for
    assert run(["demo", "--tasks", "120", "--lang", language]) == 0
    shown = capsys.readouterr().out

    assert after in shown
    assert "✓ Договорились на четверг" in shown
    assert "leads/" in shown
    assert {"en": " 0 rules", "ru": "правил API: 0"}[language] in shown
