"""``/self-test``: a person tries out the computer in front of them."""

from __future__ import annotations

from liaison.services.self_tests import SelfTester, tester_of

from .. import context
from ..layout import start_page
from ..self_test_views import self_test_blueprint


def _who() -> SelfTester:
    return tester_of(context.house(), context.current_actor())


bp = self_test_blueprint("self_test", "/self-test", _who, lambda: start_page(context.current_actor()))
