"""Non-ASCII header fields, folded so that they read the same after unfolding.

``email.policy`` of Python 3.11 breaks a long Cyrillic name or subject between encoded words in a way that adds or loses
a space; ``email.header.Header`` does it right (RFC 2047, sections 2 and 6.2).
"""

from __future__ import annotations

import re
from email.header import Header
from email.policy import EmailPolicy
from typing import Any

LONGEST_CHUNK_BYTES = 45  # an encoded word has at most 75 characters, 60 of them base64


class MailPolicy(EmailPolicy):
    """SMTP's line ends, and our own folding of fields with other than ASCII letters."""

    def fold(self, name: str, value: Any) -> str:
        """One field with its line end."""
        return super().fold(name, value) if str(value).isascii() else f"{name}: {self._encode(name, value)}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same as bytes: ASCII, unless the address itself is not (RFC 6531; smtplib then asks for SMTPUTF8)."""
        if str(value).isascii():
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("utf-8")

    def _encode(self, name: str, value: Any) -> str:
        addresses = getattr(value, "addresses", None)
        if addresses is None:
            return self._words(str(value))
        shown = [f"{self._words(one.display_name)}{self.linesep} <{one.addr_spec}>" for one in addresses]
        return f",{self.linesep} ".join(shown)

    def _words(self, text: str) -> str:
        """Encoded words broken between words of the text, each on a line of its own."""
        if text.isascii():
            return f'"{text}"' if text else ""
        return f"{self.linesep} ".join(Header(chunk, "utf-8", maxlinelen=75).encode(linesep=self.linesep) for chunk in _chunks(text))


def _chunks(text: str) -> list[str]:
    """The text in pieces of at most ``LONGEST_CHUNK_BYTES`` (a longer word stays whole), spaces kept at their ends."""
    chunks = [""]
    for word in re.findall(r"\S+\s*", text):
        if chunks[-1] and len((chunks[-1] + word).encode()) > LONGEST_CHUNK_BYTES:
            chunks.append("")
        chunks[-1] += word
    return chunks


MAIL_POLICY = MailPolicy(linesep="\r\n")
