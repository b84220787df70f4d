"""The messages of PROTOCOL.md about citizens' questions, from sockets that have joined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liaison.house import House
from liaison.services import question_turns
from liaison.services.question_rows import QuestionView
from liaison.services.questions import Asked

from .beside import Json
from .beside_door import inside
from .follower import Follower
from .members import Member


class QuestionDoor:
    """``handlers``: by the message's name; each takes a member and checked fields, and gives the answer's."""

    def __init__(self, house: House, follower: Follower) -> None:
        self._house, self._follower = house, follower
        self.handlers = {"questions_read": self.read, "question_typed": self.typed, "question_ask": self.ask}

    def read(self, member: Member, data: Mapping[str, Any]) -> Json:
        """The chair's list; with its mark nothing is told again."""
        inside(self._follower.follow(member.session).state, member.peer)
        mark = data.get("mark", "")
        turns = question_turns.look_at_turns(self._house, member.session, mark)
        if turns.mark == mark:
            return {"mark": mark}
        return {"mark": turns.mark, "waiting": turns.waiting, "questions": [_shown(view) for view in turns.items]}

    def typed(self, member: Member, _data: Mapping[str, Any]) -> Json:
        """What was typed for citizens in this point's hall and is not answered yet."""
        inside(self._follower.follow(member.session).state, member.peer)
        return {"questions": [_shown(view) for view in question_turns.typed_in_hall(self._house, member.session, str(member.point))]}

    def ask(self, member: Member, data: Mapping[str, Any]) -> Json:
        """Type a citizen's question at a point; once, however often it is sent."""
        peer = inside(self._follower.follow(member.session).state, member.peer)
        asked = Asked(data["text"], data["id"], data.get("name", ""), data.get("place", ""), data.get("contact", ""))
        user = peer.user if peer.own else None
        made = question_turns.ask_at_point(self._house, member.session, str(member.point), user, asked, data["language"])
        return {"number": made.number}


def _shown(view: QuestionView) -> Json:
    return {"number": view.number, "text": view.text, "name": view.name, "place": view.place, "likes": view.likes, "state": view.state,
            "category": view.category, "put_off": view.put_off, "point": view.point}
