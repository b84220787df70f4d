"""Babel's extractor for Python, which also collects the sentences of refusals (named in babel.cfg).

A refusal is translated where it is shown, so its sentences stand in the source as plain English: ``message`` and ``remedy`` of
the error classes, the first argument and ``remedy=`` of a raised error, and ``{"field": ..., "message": "..."}`` of wrong
input. They are collected by their place; every other text that is translated later is marked with ``N_()``. Marked texts
inside f-strings are collected here too: before Python 3.12 the tokenizer that babel uses does not look into them.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import IO, Any

from babel.messages.extract import extract_python

Found = tuple[int, str, str | tuple[str, ...], list[str]]

WORDS = ("message", "remedy")
MARKS = ("_", "N_", "_l", "words", "gettext", "lazy_gettext")
NOT_FOR_PEOPLE = ("ValueError", "RuntimeError", "TypeError", "AssertionError", "SystemExit", "EngineRefused", "EngineUnavailable")
"""Raised errors whose text goes to the log, or to the person at the command line, in English."""


def extract(source: IO[bytes], keywords: Any, comment_tags: Collection[str], options: Any) -> Iterator[Found]:
    """Babel's extraction interface: (line, function, text, comments) of every text of one file."""
    text = source.read()
    source.seek(0)
    usual: Iterator[Any] = extract_python(source, keywords, comment_tags, options)  # babel's own annotation is of another step
    yield from usual
    for line, sentence in sorted(set(sentences(ast.parse(text)))):
        yield line, "N_", sentence, []


def sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, sentence) of every refusal below ``tree``."""
    for node in ast.walk(tree):
        for value in _places(node):
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                yield value.lineno, value.value


def _places(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.JoinedStr):
        return [call.args[0] for call in ast.walk(node) if isinstance(call, ast.Call) and call.args and _name(call) in MARKS]
    if isinstance(node, ast.ClassDef):
        return _attributes(node)
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return _of_raise(node.exc)
    if isinstance(node, ast.Call):
        return [word.value for word in node.keywords if word.arg in WORDS]
    if isinstance(node, ast.Dict):
        return [value for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value == "message"]
    return []


def _attributes(node: ast.ClassDef) -> list[ast.expr]:
    return [item.value for item in node.body if isinstance(item, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id in WORDS for target in item.targets)]


def _of_raise(call: ast.Call) -> list[ast.expr]:
    return [] if _name(call) in NOT_FOR_PEOPLE else call.args[:1]


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else str(getattr(call.func, "id", ""))
