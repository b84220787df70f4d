"""What the demonstration is filled with: people of every role, sessions in three languages, a weekly timetable. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.words import AccountRole, SessionKind

Texts = dict[str, str]

CHAIR = "chair"
"""The account that books everything and chairs the live session."""


@dataclass(frozen=True)
class Person:
    name: str
    full_name: str
    role: AccountRole
    points: tuple[str, ...] = ()
    language: str = "ky"
    told_as: str = ""  # in the start-up lines; empty: not listed there


PEOPLE: tuple[Person, ...] = (
    Person(CHAIR, "Айгүл Токтосунова", AccountRole.ORGANISER, told_as="organiser and chair"),
    Person("admin", "Нурбек Асанов", AccountRole.ADMINISTRATOR, told_as="administrator"),
    Person("desk", "Бакыт Жумабеков", AccountRole.OPERATOR, language="ru", told_as="help desk (operator)"),
    Person("alay", "Эрмек Сыдыков", AccountRole.OFFICER, ("alay-district",), told_as="officer of Alay District"),
    Person("interpreter", "Анна Ким", AccountRole.INTERPRETER, language="ru", told_as="interpreter"),
    Person("hall", "Кубанычбек Исаев", AccountRole.OFFICER, ("big-hall",)),
    Person("president", "Сергей Павлов", AccountRole.OFFICER, ("president-office",), "ru"),
    Person("batken", "Салтанат Раимова", AccountRole.OFFICER, ("batken-oblast", "batken-city")),
    Person("jalal-abad", "Улан Матисаков", AccountRole.OFFICER, ("jalal-abad-oblast",)),
    Person("karakol", "Ольга Шевченко", AccountRole.OFFICER, ("issyk-kul-oblast", "karakol-city"), "ru"),
    Person("naryn", "Жылдыз Орозбаева", AccountRole.OFFICER, ("naryn-oblast", "naryn-city")),
    Person("osh", "Гүлнара Мамбетова", AccountRole.OFFICER, ("osh-oblast",)),
    Person("talas", "Мирлан Бейшеналиев", AccountRole.OFFICER, ("talas-oblast", "talas-city")),
    Person("chuy", "Дмитрий Орлов", AccountRole.OFFICER, ("chuy-oblast", "tokmok-city"), "ru"),
)

PROVINCES = ("batken-oblast", "jalal-abad-oblast", "issyk-kul-oblast", "naryn-oblast", "osh-oblast", "talas-oblast", "chuy-oblast")
OSH_DISTRICTS = ("alay-district", "aravan-district", "kara-kulja-district", "nookat-district", "ozgon-district")
CITIES = ("bishkek-city", "osh-city", "batken-city", "jalal-abad-city", "karakol-city", "naryn-city", "talas-city")

DESCRIPTION: Texts = {
    "ky": "Облустардын жана райондордун өкүлдөрү кыскача отчет беришет, андан кийин Премьер-министрдин тапшырмалары угулат.",
    "ru": "Представители областей и районов кратко отчитываются, затем звучат поручения Премьер-министра.",
    "en": "Representatives of provinces and districts report briefly; then the Prime Minister's instructions follow.",
}
AGENDA: tuple[tuple[Texts, int], ...] = (
    ({"ky": "Кире сөз", "ru": "Вступительное слово", "en": "Opening words"}, 10),
    ({"ky": "Облустардын отчеттору", "ru": "Доклады областей", "en": "Reports of the provinces"}, 30),
    ({"ky": "Суроолор жана чечимдер", "ru": "Вопросы и решения", "en": "Questions and decisions"}, 20),
)
LIVE_TITLE: Texts = {
    "ky": "Облустардын абалы: күндүн түз байланышы", "ru": "Положение в областях: прямая связь дня",
    "en": "The provinces today: daily live conference",
}
CANCEL_REASON = "Министр финансов в поездке; новая дата будет сообщена."
DECLINE_REASON = "Ашуу жабык, өкүл жетип келе албайт."
DRAFT_TITLE: Texts = {"ky": "Айыл медпункттарынын абалы", "ru": "Состояние сельских медпунктов", "en": "State of village health posts"}


@dataclass(frozen=True)
class Slot:
    """A session of the weekly timetable, in the network's local time. ``weekday``: Monday is 0."""

    weekday: int
    hour: int
    minute: int
    length_minutes: int
    title: Texts
    points: tuple[str, ...]
    kind: SessionKind = SessionKind.GOVERNMENT
    optional: tuple[str, ...] = ()
    public: bool = False
    cancelled: bool = False


TIMETABLE: tuple[Slot, ...] = (
    Slot(0, 9, 0, 60, {"ky": "Жумалык пландоо жыйыны", "ru": "Еженедельное планёрное совещание", "en": "Weekly planning meeting"},
         ("big-hall", *PROVINCES)),
    Slot(0, 14, 0, 90, {"ky": "Байланыш пункттарынын кызматкерлерин окутуу", "ru": "Обучение сотрудников пунктов связи",
                        "en": "Training for officers of the points"}, OSH_DISTRICTS, SessionKind.TRAINING),
    Slot(1, 10, 0, 90, {"ky": "Жыйым-терим жана жем камдоо жүрүшү", "ru": "Ход уборки урожая и заготовки кормов",
                        "en": "Progress of the harvest and of fodder supplies"}, ("big-hall", *PROVINCES), optional=("alay-district",)),
    Slot(1, 15, 0, 45, {"ky": "Сугат суусун бөлүштүрүү", "ru": "Распределение поливной воды", "en": "Sharing of irrigation water"},
         ("osh-oblast", "kara-suu-district", "suzak-district", "jalal-abad-city", "alay-district")),
    Slot(2, 10, 0, 120, {"ky": "Аймактардын кышкы мезгилге даярдыгы: жылуулук, көмүр жана жолдор",
                         "ru": "Готовность регионов к зиме: отопление, уголь и дороги",
                         "en": "Readiness of the regions for winter: heating, coal and roads"},
         ("big-hall", *PROVINCES), optional=("bishkek-city", "osh-city", "alay-district"), public=True),
    Slot(2, 11, 0, 60, {"ky": "Байланышты техникалык текшерүү", "ru": "Техническая проверка связи", "en": "Technical test of the links"},
         ("naryn-city", "kochkor-district", "at-bashy-district", "jumgal-district"), SessionKind.TECHNICAL),
    Slot(3, 11, 0, 90, {"ky": "Премьер-министрдин калк менен түз байланышы", "ru": "Прямая линия Премьер-министра с населением",
                        "en": "Prime Minister live with the population"},
         ("big-hall", "osh-oblast", "alay-district", "naryn-oblast", "talas-city"), SessionKind.POPULATION, public=True),
    Slot(3, 15, 0, 45, {"ky": "Бюджет боюнча басма сөз жыйыны", "ru": "Брифинг по бюджету", "en": "Press briefing on the budget"},
         ("president-office", "osh-city"), SessionKind.PRESS, public=True, cancelled=True),
    Slot(4, 9, 30, 75, {"ky": "Айыл медпункттарынын абалы", "ru": "Состояние сельских медпунктов", "en": "State of village health posts"},
         ("big-hall", *PROVINCES), public=True),
    Slot(4, 14, 0, 60, {"ky": "Шаарлардын коопсуздугу жана көчө жарыгы", "ru": "Безопасность и освещение городов",
                        "en": "Safety and street lighting in the cities"}, CITIES),
    Slot(5, 10, 0, 30, {"ky": "Райондор менен байланышты текшерүү", "ru": "Проверка связи с районами", "en": "Test of district links"},
         ("chuy-oblast", "alamudun-district", "kemin-district", "sokuluk-district", "panfilov-district"), SessionKind.TECHNICAL),
)
