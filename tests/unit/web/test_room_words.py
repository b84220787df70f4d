"""The room page's scripts hold no words: each key they use is in the table, each table entry is used, each element exists."""

from __future__ import annotations

import re
from pathlib import Path

from web import order_strings, room_strings
from web.beside_strings import BESIDE
from web.channel_strings import CHANNELS
from web.paper_strings import PAPERS
from web.question_strings import QUESTIONS
from web.replay_strings import REPLAY
from web.speech_strings import SPEECH

WEB = Path(room_strings.__file__).parent
SCRIPTS = {str(path.relative_to(WEB / "static/js/room")): path.read_text() for path in (WEB / "static/js/room").rglob("*.js")}
TABLES = (room_strings.PEOPLE, room_strings.STEERING, room_strings.ENTRY, room_strings.TOOLS, room_strings.CONNECTION,
          room_strings.NOTICES, room_strings.ENDINGS, SPEECH, PAPERS, QUESTIONS, BESIDE, CHANNELS, REPLAY, *order_strings.TABLES)
KEYS = {key for table in TABLES for key in table}
COMPOSED = ("camera_", "microphone_", "screen_", "answer_", "quality_", "role_", "way_", "over_", "collision_", "no_",
            "stage_", "mark_", "quorum_", "rule_", "outcome_", "choice_", "vote_kind_", "wording_")
TEMPLATES = {path.name: path.read_text() for path in (WEB / "templates/room").glob("*.html")}
SHARED = {"speech-said", "stage", "stage-picture", "stage-second", "unpin", "stage-told", "stage-told-words"}  # of macros of both pages


STRIP = TEMPLATES["_speech.html"].partition("{% macro strip() -%}")[2].partition("{%- endmacro %}")[0]


def element_ids(*names: str) -> set[str]:
    """Ids written in these templates, or given to their macros."""
    text = "".join(TEMPLATES[name].replace("{{ speech.strip() }}", STRIP) for name in names)
    made = r'\b(?:part\.tool|part\.picker|speech\.clock|clock|limit|place)\("([a-z-]+)"'
    return set(re.findall(r'\bid="([a-z-]+)"', text)) | set(re.findall(made, text))


def test_every_key_that_a_script_names_has_its_words() -> None:
    for name, text in SCRIPTS.items():
        assert set(re.findall(r'\bt\("([a-z_]+)"', text)) <= KEYS, name


def test_every_entry_of_the_table_is_used() -> None:
    everything = "".join(SCRIPTS.values())
    composed = (*COMPOSED, *re.findall(r'`([a-z]+(?:_[a-z]+)*_)\$\{', everything))
    assert {key for key in KEYS if f'"{key}"' not in everything and not key.startswith(composed)} == set()


def test_no_key_stands_in_two_tables() -> None:
    assert sum(map(len, TABLES)) == len(KEYS)


def test_every_element_that_a_script_asks_for_is_in_the_page() -> None:
    known = element_ids(*TEMPLATES)
    for name, text in SCRIPTS.items():
        assert set(re.findall(r'byId\("([a-z-]+)"\)', text)) <= known, name


def test_pages_that_only_receive_have_what_their_scripts_ask_for() -> None:
    shared = ("viewer.js", "pictures.js", "sounds.js", "bar.js", "toasts.js", "link_state.js", "speech_clock.js", "papers/view.js")
    heard = element_ids("_channels.html")
    for page, also, scripts in (("watch.html", heard, ("watch.js", "channels/listening.js")), ("hall.html", set(), ("hall.js",))):
        known = element_ids("base.html", page, "_parts.html", "_papers.html", "_captions.html") | SHARED | also
        for name in (*scripts, *shared):
            assert set(re.findall(r'byId\("([a-z-]+)"\)', SCRIPTS[name])) <= known, (page, name)


def test_a_replay_has_what_its_scripts_ask_for() -> None:
    """All but the list of people, of which it shows a part."""
    names = {name for name in SCRIPTS if name.startswith("replay/")} | {
        "pictures.js", "bar.js", "toasts.js", "speech_clock.js", "agenda.js", "queue.js", "order/strip.js", "order/results.js",
        "order/vote_result.js"}
    known = element_ids("base.html", "replay.html", "_asks.html", "_results.html", "_speech.html", "_parts.html") | SHARED
    for name in names:
        assert set(re.findall(r'byId\("([a-z-]+)"\)', SCRIPTS[name])) <= known, name


def test_no_script_writes_words_of_its_own() -> None:
    """A sentence in quotes with a capital and a space would be one; the developer's own errors are thrown, not shown."""
    for name, text in SCRIPTS.items():
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
        assert re.findall(r'"[A-Z][a-z]+ [a-z]+[^"]*"', code) == [], name


def test_scripts_stay_small() -> None:
    for name, text in SCRIPTS.items():
        assert text.count("\n") <= 300, name
