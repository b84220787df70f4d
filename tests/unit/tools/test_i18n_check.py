"""The check of the catalogues refuses what nobody should read, and lets good translations pass."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog

from tools.check_i18n import Allowed, latin_words, problems, read_allowed

ALLOWED = Allowed(latin=frozenset({"CSV"}), same=frozenset({"Телефон"}))
Text = str | tuple[str, ...]


def catalogue(language: str | None, texts: dict[Text, Text], fuzzy: bool = False) -> Catalog:
    made = Catalog(locale=language)
    for key, text in texts.items():
        made.add(key, text, flags=["fuzzy"] if fuzzy else [])
    return made


def found(english: Text, kyrgyz: Text, russian: Text = "Иное", fuzzy: bool = False) -> list[str]:
    source = catalogue(None, {english: ""})
    return list(problems(source, {"ky": catalogue("ky", {english: kyrgyz}, fuzzy), "ru": catalogue("ru", {english: russian})}, ALLOWED))


@pytest.mark.parametrize(("english", "kyrgyz"), [
    ("Save", "Сактоо"),
    ("Table (CSV)", "Таблица (CSV)."),
    ("Run `liaison serve`.", "`liaison serve` буйругун бериңиз."),
    ("Telephone", "Телефон"),
])
def test_good_translations_pass(english: str, kyrgyz: str) -> None:
    assert found(english, kyrgyz) == []


@pytest.mark.parametrize(("english", "kyrgyz", "wrong"), [
    ("Save", "", "not translated"),
    ("Save", "Save", "the same as in English"),
    ("Save", "Cактоо", "Latin letters"),  # a Latin C at the beginning
    ("Send JSON", "JSON жөнөтүңүз", "Latin letters"),
    ("Of %(name)s", "Анын", "other placeholders"),
    ("Of %(name)s", "%(nom)sдын", "other placeholders"),
    ("Of {name}", "{аты}", "other placeholders"),
    ("Other", "Иное", "the same as in Russian"),
])
def test_bad_translations_are_named(english: str, kyrgyz: str, wrong: str) -> None:
    assert [line for line in found(english, kyrgyz) if line.startswith("ky") and wrong in line]


def test_a_fuzzy_translation_is_refused() -> None:
    assert any("fuzzy" in line for line in found("Save", "Сактоо", fuzzy=True))


def test_every_plural_form_is_looked_at() -> None:
    three = ("%(num)s день", "%(num)s дня", "")
    assert found(("%(num)s day", "%(num)s days"), ("%(num)s күн", "%(num)s күн"), three) == ["ru: not translated: '%(num)s day'"]


def test_catalogue_and_source_hold_the_same_texts() -> None:
    source = catalogue(None, {"Save": "", "Send": ""})
    own = {"ky": catalogue("ky", {"Save": "Сактоо", "Gone": "Кетти"})}
    assert sorted(problems(source, own, ALLOWED)) == ["ky: no longer in the source: 'Gone'", "ky: not in the catalogue: 'Send'"]


def test_latin_words_are_found_outside_placeholders_and_commands() -> None:
    assert latin_words("Файл %(file)s, {name}, `make run`, 10, PDF.") == {"PDF"}


def test_the_allow_list_is_read_by_sections() -> None:
    allowed = read_allowed()
    assert "JSON" in allowed.latin - allowed.same and "Пункт" in allowed.same - allowed.latin
