"""What every API route has in common: strict bodies, problem documents in the description, ETags, idempotency keys."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from apiflask import APIBlueprint, APIFlask
from flask import Response, jsonify, request
from flask.blueprints import BlueprintSetupState
from pydantic import BaseModel, ValidationError

from liaison.domain.actor import require
from liaison.domain.errors import Invalid, NotFound, PreconditionFailed
from liaison.i18n import N_
from liaison.services.idempotency import Once
from web import context, errors

from .schemas import Problem

PREFIX = "/api/v1"
PROBLEMS = {
    400: "Not JSON, or not readable.", 401: "No valid token.", 403: "The account may not do this.", 404: "There is none.",
    409: "In conflict with the present state, or with another booking.", 412: "Changed by somebody else meanwhile.",
    413: "Too large.", 415: "Not JSON.", 422: "Fields need correcting; each is named.", 429: "Too many requests.",
    503: "Busy; try again.",
}
HEADERS = {"If-Match": "412", "Idempotency-Key": "409"}
"""Headers a route with a body honours, by the refusal that comes of them."""
ALWAYS = (400, 401, 403, 429, 503)
MESSAGES = {
    "missing": N_("This field is missing."), "extra_forbidden": N_("This field is not known."),
    "too_short": N_("Give at least one."), "too_long": N_("There are too many."),
}

TOKEN: Any = [{"token": []}]
"""``security`` of routes that need a token; OPEN: of those that show more with one."""
OPEN: Any = [{}, {"token": []}]

Model = TypeVar("Model", bound=BaseModel)
View = Callable[..., Any]


def blueprint(name: str) -> APIBlueprint:
    """A blueprint below ``/api/v1`` whose problem documents are part of the description."""
    bp = APIBlueprint(name, f"web.api.{name}", url_prefix=PREFIX, tag=name.removeprefix("api_").capitalize())
    bp.record(_describe)
    return bp


def _describe(state: BlueprintSetupState) -> None:
    app = state.app
    assert isinstance(app, APIFlask)
    app.config.update(
        AUTO_VALIDATION_ERROR_RESPONSE=False, AUTO_404_RESPONSE=False, AUTO_AUTH_ERROR_RESPONSE=False, AUTO_TAGS=True,
        AUTO_OPERATION_ID=True,
        SECURITY_SCHEMES={"token": {"type": "http", "scheme": "bearer", "description": "Made by `liaison token create`."}})
    app.description = "Points, sessions, attendance. Points and public sessions need no token. Errors follow RFC 9457."
    app.spec_processor(_finish)  # type: ignore[arg-type]


def _finish(spec: dict[str, Any]) -> dict[str, Any]:
    """Put in what the framework cannot say: the problem document, needed bodies, headers that are honoured."""
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    for field in schemas.get("SessionPatch", {}).get("properties", {}).values():
        field.pop("default", None)  # what is not sent stays: there is no default
    for operations in spec.get("paths", {}).values():
        for operation in operations.values():
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
            statuses = operation["responses"]
            named = [name for name, status in HEADERS.items() if status in statuses and "requestBody" in operation]
            operation["parameters"] += [_header(name) for name in named]
    return spec


def _header(name: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": False, "schema": {"type": "string", "minLength": 1, "maxLength": 200}}


def problems(*more: int) -> Any:
    """For ``doc(responses=…)``: the refusals every route may give, and these."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": PROBLEMS[status], "content": content} for status in sorted({*ALWAYS, *more})}


def body(bp: APIBlueprint, model: type[BaseModel]) -> Callable[[View], View]:
    """Give the view its JSON body as ``data``, a ``model``; refuse unknown and wrong fields by name."""
    return _taking(bp, model, "json", lambda: parse(model, _json_of_somebody()))


def query(bp: APIBlueprint, model: type[BaseModel]) -> Callable[[View], View]:
    """Give the view its query parameters as ``data``, a ``model``; refuse unknown and wrong ones by name."""
    return _taking(bp, model, "query", lambda: parse(model, request.args.to_dict()))


def _taking(bp: APIBlueprint, model: type[BaseModel], location: str, read: Callable[[], BaseModel]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        documented = bp.input(model, location=location)(view)  # for the description only: we name errors ourselves

        @wraps(documented)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return view(*args, data=read(), **kwargs)
        return wrapper
    return decorate


def _json_of_somebody() -> Any:
    """The body; whoever has no token hears that first, not what is wrong with the body."""
    actor = context.current_actor()
    require(actor.signed_in, actor)
    return _json()


def _json() -> Any:
    if not request.is_json:
        raise errors.UnsupportedMediaType(remedy="Send JSON with the header Content-Type: application/json.")
    try:
        return json.loads(request.get_data())
    except (ValueError, RecursionError):
        raise errors.BadRequest("The body is not JSON.") from None


def parse(model: type[Model], data: Any) -> Model:
    """The model, or Invalid naming every wrong field by its dotted path."""
    try:
        return model.model_validate(data)
    except ValidationError as exc:
        found = [_error(item) for item in exc.errors()]
    unknown = ", ".join(dict.fromkeys(item["field"] for item in found if item["type"] == "extra_forbidden"))
    if unknown:
        raise Invalid("These fields are not known: %(fields)s.", fields=unknown, errors=found)
    raise Invalid(errors=found)


def _error(item: Any) -> dict[str, Any]:
    kind = str(item["type"])
    message = str(item["msg"]).removeprefix("Value error, ") if kind == "value_error" else MESSAGES.get(
        kind, N_("This value is not of the kind expected."))
    path = ".".join(str(part) for part in item["loc"] if not _is_branch(part))
    return {"field": path or "body", "message": message, "type": kind}


def _is_branch(part: Any) -> bool:
    """pydantic names the branch of a union in the path ("str", "dict[str,str]"): of no use to the sender."""
    return isinstance(part, str) and re.fullmatch(r"str|dict\[.*\]|function-.*|[A-Z]\w*", part) is not None


def known_id(session_id: str) -> str:
    """The id if it can be one at all. Raises NotFound."""
    try:
        return str(UUID(session_id))
    except ValueError:
        raise NotFound() from None


def once() -> Once | None:
    """The request's Idempotency-Key with the fingerprint of method, path and body."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    parts = (request.method.encode(), request.path.encode(), request.get_data())
    return Once(key, hashlib.sha256(b"\0".join(parts)).hexdigest())


def tagged(data: dict[str, Any], status: int = 200, **headers: str) -> Response:
    """The answer with its ETag; 304 without a body when the reader has it already (RFC 9110, section 13.1.2).

    A session's tag is "<version>-<digest of this representation>": readers see every difference, and If-Match looks at the
    version alone, so that a point's answer does not stand in the way of a change.
    """
    response = jsonify(data)
    digest = hashlib.sha256(response.get_data()).hexdigest()[:16]
    response.set_etag(f"{data['version']}-{digest}" if "version" in data else digest)
    response.status_code = status
    response.headers.extend(headers)
    response.vary.update(("Accept-Language", "Authorization", "Cookie"))
    if request.method == "GET":
        response.make_conditional(request)
    return response


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC, as the API takes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def expected_version(current: Callable[[], int]) -> int | None:
    """The version that If-Match demands, None without the header. Raises PreconditionFailed when no tag is of now."""
    if "If-Match" not in request.headers:
        return None
    now = current()
    if request.if_match.star_tag or str(now) in _versions(request.if_match.as_set()):
        return now
    raise PreconditionFailed()


def _versions(tags: Iterable[str]) -> set[str]:
    return {tag.partition("-")[0] for tag in tags}
