"""Refusals of the live room."""

from __future__ import annotations

from liaison.domain.errors import IllegalState, LiaisonError, NotFound, Removed, RoomFull, Unavailable

__all__ = ["MediaRefused", "MediaUnavailable", "NoSuchPeer", "NotJoined", "Removed", "RoomLocked", "ScreenTaken", "SocketsFull",
           "StaleEpoch"]


class NotJoined(IllegalState):
    code = "not_joined"
    message = "You have not joined this session yet."
    remedy = "Reload the page and join again."


class NoSuchPeer(NotFound):
    message = "This participant is no longer in the session."
    remedy = "Look at the list of participants again."


class ScreenTaken(IllegalState):
    code = "screen_taken"
    message = "Another point is showing its screen."
    remedy = "Wait until it has finished, or ask the chair to stop it."


class RoomLocked(IllegalState):
    code = "room_locked"
    message = "The chair has locked this session."
    remedy = "Call the help desk, or ask the chair to let you in."


class StaleEpoch(IllegalState):
    """details: ``epoch``, the one in force."""

    code = "stale_epoch"
    message = "Picture and sound were restarted meanwhile."
    remedy = "The page connects again by itself."


class MediaRefused(LiaisonError):
    """details: ``reason``, the engine's code (``signaling.engine.EngineRefused``)."""

    code = "media_refused"
    message = "Picture and sound could not be connected."
    remedy = "Reload the page; call the help desk if this happens again."


class MediaUnavailable(Unavailable):
    message = "Picture and sound are being restarted."
    remedy = "They come back by themselves in a few seconds."


class SocketsFull(RoomFull):
    code = "sockets_full"
    message = "This server has as many connections as it may have."
    remedy = "Try again in a few minutes, or call the help desk."
