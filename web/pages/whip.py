"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): encoders, monitors and load tools enter a room over HTTP.

The resource of a connection is ``/whip/<session>/<peer>.<seal>``: the seal is an HMAC of the house, so that only whoever got
the Location can end or trickle it, also after the token's expiry. No cookie is ever looked at, so any origin may call.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, cast

from flask import Blueprint, Response, current_app, request, url_for

from liaison.domain.errors import Forbidden, LiaisonError, NotFound, Unauthenticated
from liaison.domain.words import Via
from liaison.secret import derived_key
from liaison.services import join
from signaling.messages import LONGEST_SDP
from signaling.service import RoomService
from web import context, errors

bp = Blueprint("whip", __name__)

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"  # RFC 8840
SEAL_LENGTH = 32


class BadSdp(LiaisonError):
    code = "bad_request"
    message = "This is not a session description."
    remedy = "Send an SDP offer."


def rooms() -> RoomService:
    return cast(RoomService, current_app.extensions["liaison_rooms"])


# ---------------------------------------------------------------- the endpoints


@bp.route("/whip/<session_id>", methods=["POST"], endpoint="whip", provide_automatic_options=False)
def whip(session_id: str) -> Response:
    """Publish: SDP offer in, 201 with the answer and the resource's Location."""
    return _connect(session_id, Via.WHIP)


@bp.route("/whep/<session_id>", methods=["POST"], endpoint="whep", provide_automatic_options=False)
def whep(session_id: str) -> Response:
    """Receive: SDP offer in, 201 with the answer and the resource's Location."""
    return _connect(session_id, Via.WHEP)


@bp.route("/whip/<session_id>", methods=["GET", "OPTIONS"], endpoint="whip_look", provide_automatic_options=False)
@bp.route("/whep/<session_id>", methods=["GET", "OPTIONS"], endpoint="whep_look", provide_automatic_options=False)
def look(session_id: str) -> Response:
    """What may be posted, for browsers' preflights and for players that ask whether this is WHEP. Tells nothing of the session."""
    return Response(status=200, content_type=SDP, headers={"Accept-Post": SDP, "Allow": "POST, GET, HEAD, OPTIONS"})


@bp.route("/whip/<session_id>/<resource>", methods=["OPTIONS"], endpoint="whip_resource_options", provide_automatic_options=False)
@bp.route("/whep/<session_id>/<resource>", methods=["OPTIONS"], endpoint="whep_resource_options", provide_automatic_options=False)
def resource_options(session_id: str, resource: str) -> Response:
    return Response(status=200, headers={"Accept-Patch": FRAGMENT, "Allow": "DELETE, PATCH, GET, HEAD, OPTIONS"})


@bp.route("/whip/<session_id>/<resource>", methods=["GET"], endpoint="whip_resource", provide_automatic_options=False)
@bp.route("/whep/<session_id>/<resource>", methods=["GET"], endpoint="whep_resource", provide_automatic_options=False)
def resource(session_id: str, resource: str) -> Response:
    """A connection has no representation (RFC 9725, section 4.1)."""
    _peer(session_id, resource)
    return Response(status=204)


@bp.route("/whip/<session_id>/<resource>", methods=["DELETE"], endpoint="whip_leave", provide_automatic_options=False)
@bp.route("/whep/<session_id>/<resource>", methods=["DELETE"], endpoint="whep_leave", provide_automatic_options=False)
def leave(session_id: str, resource: str) -> Response:
    """The connection ends and its peer has left, whatever ICE session the client believes in."""
    rooms().disconnect_encoder(session_id, _peer(session_id, resource))
    return Response(status=200)


@bp.route("/whip/<session_id>/<resource>", methods=["PATCH"], endpoint="whip_trickle", provide_automatic_options=False)
@bp.route("/whep/<session_id>/<resource>", methods=["PATCH"], endpoint="whep_trickle", provide_automatic_options=False)
def trickle(session_id: str, resource: str) -> Response:
    """Candidates (204), or new credentials: an ICE restart, answered with the server's fragment."""
    peer = _peer(session_id, resource)
    _require_type(FRAGMENT)
    known = _known_ice_sessions()
    via = Via.WHIP if request.path.startswith("/whip/") else Via.WHEP
    fragment = rooms().trickle_encoder(session_id, peer, via, _body(), known)
    if fragment is None:
        return Response(status=204)
    return Response(fragment, status=200, content_type=FRAGMENT, headers={"ETag": _etag(fragment)})


# ---------------------------------------------------------------- inside


def _connect(session_id: str, via: Via) -> Response:
    claims = _claims(session_id)
    _require_type(SDP)
    if request.accept_mimetypes and request.accept_mimetypes.best_match([SDP]) is None:
        raise errors.NotAcceptable()
    offer = _body()
    if not offer.startswith("v=0") or "\nm=" not in offer:
        raise BadSdp()
    peer, answer = rooms().connect_encoder(claims, via, offer)
    location = url_for(f"whip.{via}_leave", session_id=session_id, resource=f"{peer}.{_seal(session_id, peer)}")
    response = Response(answer, status=201, content_type=SDP)
    response.headers.extend({"Location": location, "ETag": _etag(answer), "Accept-Patch": FRAGMENT})
    for link in ice_links(join.ice_servers(context.house(), peer)):
        response.headers.add("Link", link)
    return response


def _claims(session_id: str) -> join.Claims:
    """Of the join token in the Authorization header. 401 without a valid one, 403 for one of another session."""
    token = context.bearer()
    if token is None:
        raise Unauthenticated()
    claims = join.check_token(context.house(), token)
    if claims.session != session_id:
        raise Forbidden("This token opens another session.", remedy="Ask for a token of this session.")
    return claims


def _require_type(wanted: str) -> None:
    if request.mimetype != wanted:
        raise errors.UnsupportedMediaType(accepted=wanted)


def _body() -> str:
    """At most 200 kB of UTF-8."""
    if (request.content_length or 0) > LONGEST_SDP:
        raise errors.TooLarge()
    data = request.stream.read(LONGEST_SDP + 1)
    if len(data) > LONGEST_SDP:
        raise errors.TooLarge()
    try:
        return data.decode()
    except UnicodeDecodeError as exc:
        raise BadSdp() from exc


def _seal(session_id: str, peer: str) -> str:
    key = derived_key(context.house().settings, "whip")
    return hmac.new(key, f"{session_id}/{peer}".encode(), sha256).hexdigest()[:SEAL_LENGTH]


def _peer(session_id: str, resource: str) -> str:
    peer, _, seal = resource.partition(".")
    if not hmac.compare_digest(seal.encode(), _seal(session_id, peer).encode()):
        raise NotFound()
    return peer


def _etag(sdp: str) -> str:
    """Of the ICE session (RFC 9725, section 4.3.1): our user fragment names it, and only it."""
    return f'"{next((line.partition(":")[2] for line in sdp.splitlines() if line.startswith("a=ice-ufrag:")), "")}"'


def _known_ice_sessions() -> list[str] | None:
    """The ICE sessions that If-Match names; None for ``*`` (also as RFC 9725 prints it, in quotes). 428 without the header."""
    if "If-Match" not in request.headers:
        raise errors.PreconditionRequired()
    return None if "*" in request.if_match else list(request.if_match.as_set())


def ice_links(servers: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A Link header for each STUN or TURN address (RFC 9725, section 4.6)."""
    for server in servers:
        urls = server["urls"] if isinstance(server["urls"], list) else [server["urls"]]
        secret = f'; username="{server["username"]}"; credential="{server["credential"]}"; credential-type="password"' if (
            "username" in server) else ""
        yield from (f'<{url}>; rel="ice-server"{secret}' for url in urls)


@bp.after_app_request
def _any_origin(response: Response) -> Response:
    """Players in other sites' pages may call and read refusals too: access is by bearer token alone."""
    if request.path.startswith(("/whip/", "/whep/")):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "Location, ETag, Link, Accept-Patch, Retry-After, WWW-Authenticate"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "POST, PATCH, DELETE, GET, HEAD, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, If-Match"
            response.headers["Access-Control-Max-Age"] = "86400"
    return response
