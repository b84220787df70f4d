"""Citizens who ask, a process of their own: ``python -m tests.bench.citizens URL COUNT ADDRESSES SECONDS``, JSON on standard output.

Each has a browser of its own: it opens the session's page first, at leisure. Then, after a line on standard input, all send their
question evenly within the seconds given, from so many addresses of the loopback network. URL: the session's public page.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field

import httpx

AT_ONCE = 8
PATIENCE_S = 30.0
FIELD = re.compile(r'name="(csrf_token|sheet)" value="([^"]+)"')


@dataclass
class Asked:
    """Answers by status (or what went wrong), and the seconds each took."""

    answers: dict[str, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def note(self, answer: str) -> None:
        self.answers[answer] = self.answers.get(answer, 0) + 1


class Citizen:
    """One browser with the page open."""

    def __init__(self, client: httpx.AsyncClient, url: str, number: int) -> None:
        self._client, self._url, self._number = client, url, number
        self._cookies = httpx.Cookies()
        self._form: dict[str, str] = {}

    async def open(self) -> None:
        page = (await self._client.get(self._url)).raise_for_status()
        self._cookies.update(page.cookies)
        asking = page.text[page.text.index(f'action="{httpx.URL(self._url).path}/questions"'):]
        self._form = {name: value for name, value in FIELD.findall(asking)[:2]}

    async def ask(self, asked: Asked) -> None:
        form = self._form | {"text": f"When is the road of village {self._number} mended?", "name": f"Citizen {self._number}"}
        crumbs = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        began = time.monotonic()
        try:
            answer = await self._client.post(f"{self._url}/questions", data=form, headers={"Cookie": crumbs, "Referer": self._url})
            asked.note(str(answer.status_code))
        except httpx.HTTPError as error:
            asked.note(type(error).__name__)
        asked.seconds.append(time.monotonic() - began)


def clients(addresses: int) -> list[httpx.AsyncClient]:
    """One for each address; cookies are each citizen's own."""
    made = [httpx.AsyncHTTPTransport(local_address=f"127.0.2.{number + 1}") for number in range(addresses)]
    return [httpx.AsyncClient(transport=one, timeout=PATIENCE_S) for one in made]


async def perform(url: str, count: int, addresses: int, seconds: float) -> Asked:
    ways, asked = clients(addresses), Asked()
    people = [Citizen(ways[number % addresses], url, number) for number in range(count)]
    for start in range(0, count, AT_ONCE):
        await asyncio.gather(*(citizen.open() for citizen in people[start:start + AT_ONCE]))
        for way in ways:
            way.cookies.clear()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began, sent = time.monotonic(), []
    for number, citizen in enumerate(people):
        await asyncio.sleep(max(0.0, began + number * seconds / count - time.monotonic()))
        sent.append(asyncio.create_task(citizen.ask(asked)))
    await asyncio.gather(*sent)
    await asyncio.gather(*(way.aclose() for way in ways))
    return asked


if __name__ == "__main__":
    found = asyncio.run(perform(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
    print(json.dumps({"answers": found.answers, "seconds": found.seconds}))
