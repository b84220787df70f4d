"""Questions of citizens to the public session that is on: one of every state, some with likes."""

from __future__ import annotations

from liaison.domain.actor import Actor
from liaison.house import House
from liaison.services import question_desk, questions
from liaison.services.questions import Asked

ASKED = (
    ("Алай районуна баруучу жол качан оңдолот? Кышында эки жума бою унаа өтө албай калат.", "Нурлан", "Сары-Таш айылы", "roads", "ky"),
    ("Почему в нашем селе вечером нет воды, а счётчик всё равно считает? Обращались в айыл окмоту дважды, ответа не получили.", "",
     "село Кара-Кулжа", "water", "ru"),
    ("Жолду качан оңдойсуңар?", "", "", "roads", "ky"),
    ("Будет ли в этом году достроена школа № 12? Дети учатся в три смены.", "Светлана Петровна", "город Ош", "education", "ru"),
    ("Мектептин имараты жылытылбайт, балдар пальто менен отурушат.", "Гүлмира", "Ат-Башы", "education", "ky"),
    ("Купите дешёвые шины по ссылке!", "", "", "other", "ru"),
    ("When will pensions be paid to those who live abroad?", "Бактыгүл", "", "social", "en"),
    ("Фельдшердик пунктка дарыгер качан келет?", "", "", "health", "ky"),
)
"""In the order of their numbers, from 1."""


def ask_questions(house: House, planner: Actor, officer: Actor, session_id: str) -> str:
    """The address of the first one's own page."""
    tokens = []
    for number, (text, name, place, category, language) in enumerate(ASKED, 1):
        asked = Asked(text, f"seeded-{number}", name, place, "aida@example.org" if number == 1 else "", category)
        tokens.append(questions.ask_question(house, session_id, asked, f"citizen {number}", language).token)
    hall = Asked("Биздин айылга интернет качан жетет?", "seeded-hall", "Асан ата", "", "", "other")
    questions.ask_for_citizen(house, officer, session_id, "osh-oblast", hall, "ky")
    for number in (1, 2, 4, 5):
        question_desk.approve(house, planner, session_id, number)
    for visitor in range(12):
        for number in (1, 2, 4)[:visitor % 3 + 1]:
            questions.like_question(house, session_id, number, f"reader {visitor}")
    question_desk.answer_live(house, planner, session_id, 4)
    question_desk.answer_in_writing(house, planner, session_id, 5, "Жылытуу 5-мартта ишке берилет. Акча бөлүндү.")
    question_desk.merge(house, planner, session_id, 3, 1)
    question_desk.decline(house, planner, session_id, 6, "Это реклама, а не вопрос.")
    return tokens[0]
