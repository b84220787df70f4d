"""Questions of citizens: asked by many at once and none lost, moderated, liked once each, answered, and their askers told."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy import text as sql

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, IllegalState, Invalid, NotFound, RateLimited, Unauthenticated
from liaison.domain.questions import CONTACTS_KEPT
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.notify.sender import sender_of
from liaison.notify.wording import word
from liaison.services import audit_log, outbox, question_desk, questions, sessions
from liaison.services.answer_links import BadAnswerLink
from liaison.services.lifecycle import close_session, open_session
from liaison.services.notifier import Letter
from liaison.services.question_links import visitor_digest
from liaison.services.question_rows import load_question, put_likes
from liaison.services.questions import Asked
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan
from tests.support.ports import wait_until
from tests.support.web import Browser, sentences
from web.app import create_app

ROAD = "When will the road to Alay be mended?"
WATER = "Why is there no water in the evening?"


class Post:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def deliver(self, letter: Letter) -> None:
        self.letters.append(letter)


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def session(house: House, planner: Actor) -> str:
    add_actor(house, "chief", AccountRole.ORGANISER)
    return sessions.book_session(house, planner, plan(kind="population", public=True)).id


@pytest.fixture
def app(house: House, planner: Actor) -> Flask:
    return create_app(house)


def ask(house: House, session: str, text: str = ROAD, visitor: str = "", **more: str) -> questions.QuestionView:
    visitor = visitor or f"visitor of {text}"
    return questions.ask_question(house, session, Asked(text, sheet=f"{visitor} {text}"[:64], **more), visitor, "en")


def told(house: House) -> list[Letter]:
    post = Post()
    outbox.deliver_due(house, post, "test")
    return [letter for letter in post.letters if letter.kind == "question_notice"]


def outbox_rows(house: House) -> str:
    """All that the outbox holds, as text."""
    with house.db.read() as db:
        return json.dumps([[row.address, row.payload] for row in db.scalars(select(t.Outbox))])


def test_a_burst_from_many_cookies_loses_nothing(house: House, app: Flask, session: str) -> None:
    """Sixty citizens behind three addresses at once, each with a cookie of his own."""
    page = f"/public/sessions/{session}"

    def citizen(number: int) -> None:
        browser = Browser(app, house)
        there = {"REMOTE_ADDR": f"192.0.2.{number % 3 + 1}"}
        browser.get(page, environ_base=there)
        form = {"text": f"Question of citizen {number}", "sheet": f"sheet-{number}"}
        sent = browser.post(f"{page}/questions", form, environ_base=there)
        assert sent.status_code == 303
        if number % 10 == 0:  # sent twice, it is one question
            assert browser.post(f"{page}/questions", form, environ_base=there).location == sent.location

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(citizen, range(60)))
    with house.db.read() as db:
        kept = list(db.execute(select(t.Question.number, t.Question.text).order_by(t.Question.number)))
    assert [number for number, _text in kept] == list(range(1, 61))
    assert len({text for _number, text in kept}) == 60


def test_one_visitor_waits_after_some_and_programs_fall_into_the_trap(house: House, app: Flask, session: str) -> None:
    for number in range(5):
        ask(house, session, f"{ROAD} {number}", "somebody")
    with pytest.raises(RateLimited):
        ask(house, session, WATER, "somebody")
    ask(house, session, WATER, "somebody else")
    browser = Browser(app, house)
    browser.get(f"/public/sessions/{session}")
    caught = browser.post(f"/public/sessions/{session}/questions", {"text": ROAD, "sheet": "x", "website": "http://spam.example"})
    assert caught.status_code == 303
    with house.db.read() as db:
        assert db.scalar(select(func.count()).select_from(t.Question)) == 6


def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(house: House, app: Flask, session: str) -> None:
    browser = Browser(app, house)
    page = browser.post(f"/public/sessions/{session}/questions", {"text": ROAD, "sheet": "s", "contact": "nobody", "place": "Gülchö"})
    assert page.status_code == 422
    assert "This is not an e-mail address." in page.text and ROAD in page.text and "Gülchö" in page.text


def test_nobody_reads_what_was_not_looked_at(house: House, planner: Actor, app: Flask, session: str) -> None:
    ask(house, session)
    page = f"/public/sessions/{session}"
    assert ROAD not in Browser(app, house).get(page).text
    question_desk.approve(house, planner, session, 1)
    assert ROAD in Browser(app, house).get(page).text
    assert Browser(app, house).get(f"/api/v1/sessions/{session}/questions").get_json()["items"][0]["text"] == ROAD


def test_each_likes_once_and_the_most_wanted_stand_first(house: House, planner: Actor, app: Flask, session: str) -> None:
    for text in (ROAD, WATER):
        ask(house, session, text)
    for number in (1, 2):
        question_desk.approve(house, planner, session, number)
    citizens = [Browser(app, house) for _ in range(3)]
    for citizen in citizens:
        citizen.get(f"/public/sessions/{session}")
        for _ in range(2):
            answer = citizen.post(f"/public/sessions/{session}/questions/2/like", headers={"Accept": "application/json"})
            assert answer.status_code == 200
    assert answer.get_json() == {"likes": 3}
    assert [(one.number, one.likes) for one in questions.list_questions(house, session)] == [(2, 3), (1, 0)]
    assert Browser(app, house).post(f"/public/sessions/{session}/questions/2/like").status_code == 409  # no cookie, no vote
    liked = citizens[0].get(f"/public/sessions/{session}/questions").text
    assert liked.count('aria-pressed="true"') == 1


def test_likes_of_the_same_moment_are_all_counted(house: House, planner: Actor, session: str) -> None:
    """PostgreSQL counts what was there when the counting began, and then waits for the other's row."""
    ask(house, session)
    question_desk.approve(house, planner, session, 1)
    with ThreadPoolExecutor(1) as pool:
        with house.db.write() as db:
            put_likes(db, load_question(db, session, 1), [visitor_digest("y")], house.clock.now())
            other = pool.submit(questions.like_question, house, session, 1, "x")
            if db.get_bind().dialect.name == "postgresql":
                wait_until(lambda: waits_for_a_lock(house), 20, "the other like to come as far as it can")
        assert other.result(30) == 2
    assert questions.list_questions(house, session)[0].likes == 2


def waits_for_a_lock(house: House) -> bool:
    with house.db.read() as db:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return bool(db.scalar(sql(waiting)))


def test_merged_ones_count_together_and_all_askers_are_told(house: House, planner: Actor, session: str) -> None:
    for text, address in ((ROAD, "one@example.org"), ("Is the road to Alay ever mended?", "two@example.org"), (WATER, "")):
        ask(house, session, text, contact=address)
    for number in (1, 2):
        question_desk.approve(house, planner, session, number)
    for visitor in ("x", "y"):
        questions.like_question(house, session, 2, visitor)
    questions.like_question(house, session, 1, "x")
    told(house)
    question_desk.merge(house, planner, session, 2, 1)
    assert questions.list_questions(house, session)[0].likes == 3  # x, y and the other one's asker
    with pytest.raises(Invalid):
        question_desk.merge(house, planner, session, 3, 3)
    with pytest.raises(Invalid):
        question_desk.merge(house, planner, session, 3, 2)
    assert [(letter.to_address, letter.payload["what"]) for letter in told(house)] == [("two@example.org", "merged")]
    question_desk.answer_in_writing(house, planner, session, 1, "In May.")
    letters = told(house)
    assert sorted(letter.to_address for letter in letters) == ["one@example.org", "two@example.org"]
    assert {letter.payload["answer"] for letter in letters} == {"In May."}


def test_what_nobody_may_read_is_not_read_by_whose_question_went_into_it(
        house: House, planner: Actor, app: Flask, session: str) -> None:
    ask(house, session, "My neighbour Bakyt is a thief")
    own = ask(house, session, ROAD)
    question_desk.merge(house, planner, session, 2, 1)
    page = app.test_client().get(f"/question/{own.token}")
    assert "Bakyt" not in page.text and ROAD in page.text and page.headers["Cache-Control"] == "no-store"
    question_desk.approve(house, planner, session, 1)
    assert "Bakyt" in app.test_client().get(f"/question/{own.token}").text


def test_a_name_is_one_line_that_turns_nothing_around(house: House, session: str) -> None:
    made = ask(house, session, "\u202eWhen?\u202c\n\nAnd why?", name="Aida\n\n1. The minister\u202e", place=" Osh\t\u2067city ")
    assert (made.text, made.name, made.place) == ("When?\n\nAnd why?", "Aida 1. The minister", "Osh city")


def test_the_moment_of_a_live_answer_leads_into_the_recording(
        house: House, planner: Actor, app: Flask, session: str, clock: FixedClock) -> None:
    made = ask(house, session)
    question_desk.approve(house, planner, session, 1)
    with pytest.raises(IllegalState):
        question_desk.answer_live(house, planner, session, 1)
    clock.at = TEN
    open_session(house, planner, session)
    folder = house.settings.broadcasts_folder / session
    folder.mkdir(parents=True)
    (folder / "state.json").write_text(json.dumps({"runs": 1, "began": (TEN - timedelta(seconds=30)).isoformat()}))
    clock.at = TEN + timedelta(minutes=10)
    view = question_desk.answer_live(house, planner, session, 1)
    assert (view.answered_at, view.seconds) == (clock.now(), 620)
    close_session(house, planner, session)
    assert questions.own_question(house, made.token).own.seconds == 620
    assert f'href="/public/sessions/{session}#t=620"' in Browser(app, house).get(f"/public/sessions/{session}").text
    with pytest.raises(IllegalState):
        ask(house, session, WATER)


def test_contacts_stand_in_no_row_list_page_or_log(house: House, planner: Actor, app: Flask, session: str) -> None:
    made = ask(house, session, contact="aida@example.org", name="Aida")
    question_desk.decline(house, planner, session, 1, "It is no matter of the Government.")
    with house.db.read() as db:
        row = db.scalars(select(t.Question)).one()
        log = json.dumps([[event.before, event.after] for event in db.scalars(select(t.AuditEvent))])
    assert row.contact and "aida" not in row.contact
    desk = Browser(app, house).become(planner.user_id)
    pages = [desk.get(path).text for path in (f"/sessions/{session}/questions?state=declined", f"/question/{made.token}", "/admin/outbox")]
    assert ROAD in pages[0] and "It is no matter of the Government." in pages[1]
    assert not any("aida@" in text for text in (*pages, log, outbox_rows(house)))
    (letter,) = told(house)
    assert letter.to_address == "aida@example.org"
    sender = sender_of(house.settings, house.network)
    words = word(letter, sender.network, sender.base_url)
    assert "It is no matter of the Government." in words.text and made.token in words.text
    assert ROAD not in words.text  # what is not taken up is not carried further either


def test_a_notice_that_is_no_longer_true_does_not_leave(house: House, planner: Actor, session: str) -> None:
    ask(house, session, contact="aida@example.org")
    question_desk.approve(house, planner, session, 1)
    question_desk.decline(house, planner, session, 1, "Asked in error.")
    assert [letter.payload["what"] for letter in told(house)] == ["declined"]


def test_who_moderates(house: House, planner: Actor, session: str) -> None:
    ask(house, session)
    secretary = add_actor(house, "secretary", AccountRole.OFFICER, "talas-oblast")
    osh = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    desk = add_actor(house, "desk", AccountRole.OPERATOR)
    for actor in (secretary, osh, desk):
        with pytest.raises(Forbidden):
            question_desk.approve(house, actor, session, 1)
        with pytest.raises(Forbidden):
            question_desk.look_at_queue(house, actor, session)
    with pytest.raises(Unauthenticated):
        question_desk.decline(house, Actor(), session, 1, "No.")
    sessions.change_session(house, planner, session, {"secretary": "secretary"})
    question_desk.approve(house, secretary, session, 1)
    assert audit_log.session_history(house, planner, session)[-1].action == "question.approved"


def test_an_officer_types_for_a_citizen_of_his_own_hall(house: House, planner: Actor, session: str) -> None:
    osh = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    talas = add_actor(house, "talas", AccountRole.OFFICER, "talas-oblast")
    asked = Asked(ROAD, "sheet", name="Aida")
    made = questions.ask_for_citizen(house, osh, session, "osh-oblast", asked, "ky")
    again = questions.ask_for_citizen(house, osh, session, "osh-oblast", asked, "ky")
    assert (made.number, again.number, made.origin, made.language) == (1, 1, "hall", "ky")
    for actor, point in ((talas, "talas-oblast"), (osh, "big-hall"), (planner, "osh-oblast")):
        with pytest.raises(Forbidden):
            questions.ask_for_citizen(house, actor, session, point, asked, "ky")
    assert [one.token for one in questions.typed_at(house, osh, session)] == [made.token]
    for number in range(7):  # a hall full of people is no flood
        questions.ask_for_citizen(house, osh, session, "osh-oblast", Asked(f"{WATER} {number}", f"sheet {number}"), "ky")


def test_sessions_that_take_none(house: House, planner: Actor, app: Flask, session: str) -> None:
    private = sessions.book_session(house, planner, plan("talas-oblast", kind="population")).id
    meeting = sessions.book_session(house, planner, plan("naryn-oblast", public=True)).id
    with pytest.raises(NotFound):
        ask(house, private)
    with pytest.raises(IllegalState):
        ask(house, meeting)
    page = f"/public/sessions/{meeting}"
    assert "Ask a question" not in Browser(app, house).get(page).text
    sessions.change_session(house, planner, meeting, {"questions": True})
    assert "Ask a question" in Browser(app, house).get(page).text
    sessions.change_session(house, planner, session, {"questions": False})
    assert "Ask a question" not in Browser(app, house).get(f"/public/sessions/{session}").text


def test_addresses_that_were_not_given_out(house: House, session: str) -> None:
    made = ask(house, session)
    for token in ("", "x", made.token[:-1], made.token + "x", "ы"):
        with pytest.raises(BadAnswerLink):
            questions.own_question(house, token)


def test_askers_are_forgotten_some_time_after_the_session(house: House, planner: Actor, session: str, clock: FixedClock) -> None:
    ask(house, session, contact="aida@example.org")
    question_desk.approve(house, planner, session, 1)
    for age, forgotten in ((CONTACTS_KEPT, 0), (CONTACTS_KEPT + timedelta(hours=2), 1)):
        clock.at = TEN + age
        with house.db.write() as db:
            assert question_desk.forget_askers(db, house) == forgotten
    with house.db.read() as db:
        row = db.scalars(select(t.Question)).one()
        assert (row.contact, row.visitor, row.text) == ("", "", ROAD)


def test_the_desk_by_its_page_and_by_the_api(house: House, planner: Actor, app: Flask, session: str) -> None:
    for number in range(3):
        ask(house, session, f"{ROAD} {number}")
    desk = Browser(app, house).become(planner.user_id)
    at = f"/sessions/{session}/questions"
    before = desk.get(f"{at}/news.json").get_json()

    def press(number: int, act: str, **form: Any) -> int:
        return desk.post(f"{at}/{number}/{act}", form).status_code

    assert (press(1, "approve"), press(2, "decline", reason=""), press(2, "decline", reason="No."), press(3, "merge", into="№1"),
            press(1, "category", category="roads"), press(1, "written", answer="In May."), press(3, "approve"), press(1, "burn")) == (
                303, 422, 303, 303, 303, 303, 409, 404)
    after = desk.get(f"{at}/news.json").get_json()
    assert (before["waiting"], after["waiting"]) == (3, 0) and before["mark"] != after["mark"]
    sent = desk.send("POST", f"/api/v1{at}/2/decision", json={"act": "approve"})
    assert (sent.status_code, sent.get_json()["state"]) == (200, "approved")
    listed = desk.get(f"/api/v1{at}?state=answered_written").get_json()["items"]
    assert [(one["number"], one["category"], one["answer"]) for one in listed] == [(1, "roads", "In May.")]


def test_what_was_asked_is_counted_for_those_who_lead_and_afterwards_for_everybody(
        house: House, app: Flask, planner: Actor, session: str, clock: FixedClock) -> None:
    ask(house, session, ROAD, category="roads", place="Gülchö")
    ask(house, session, WATER, category="water", place="gülchö")
    ask(house, session, "=1+1 is what?", place="=Nowhere")
    question_desk.approve(house, planner, session, 1)
    question_desk.decline(house, planner, session, 2, "It is no question.")
    question_desk.answer_in_writing(house, planner, session, 3, "Two.")
    leading = Browser(app, house).become(planner.user_id)
    assert "Gülchö" in leading.get(f"/sessions/{session}/viewers").text
    citizen = Browser(app, house)
    assert citizen.get(f"/public/sessions/{session}/questions.csv").status_code == 404, "it is not over"
    clock.at = TEN
    open_session(house, planner, session)
    close_session(house, planner, session)
    rows = citizen.get(f"/public/sessions/{session}/questions.csv").text.removeprefix("\ufeff").split("\r\n")
    assert rows[:2] == ["by,name,asked,approved,declined,merged,answered_live,answered_written,open", "all,,3,2,1,0,0,1,1"]
    assert "category,roads,1,1,0,0,0,0,1" in rows and "place,Gülchö,1,1,0,0,0,0,1" in rows and "place,'=Nowhere,1,1,0,0,0,1,0" in rows
    assert citizen.get(f"/public/sessions/{session}/viewers.json").json["questions"]["all"]["declined"] == 1


def test_who_decided_what_stands_in_the_words_of_the_reader(house: House, app: Flask, planner: Actor, session: str) -> None:
    ask(house, session, ROAD)
    page = Browser(app, house).become(planner.user_id)
    assert "Nothing has been decided yet" in page.get(f"/sessions/{session}/questions/log").text
    question_desk.decline(house, planner, session, 1, "This is advertising.")
    question_desk.set_category(house, planner, session, 1, "roads")
    question_desk.approve(house, planner, session, 1)
    text = sentences(page.get(f"/sessions/{session}/questions/log"))
    for said in ("Question declined", "This is advertising.", "Not taken up", "Taken up", "Roads and transport", planner.name):
        assert said in text, said
    officer = add_actor(house, "somebody", AccountRole.OFFICER, "osh-oblast")
    with pytest.raises(Forbidden):
        audit_log.moderation_log(house, officer, session)
