"""What a receiver's link can take, from its REMB, its loss and round trip; pictures only: sound is not counted and not cut.

A REMB plateaus near one and a half times what arrives, so it never shows headroom. The limit therefore begins low, is
doubled while all is well, falls to what gets through when there is congestion, and from then on grows by trial; a trial
that fails doubles the pause before the next one of its size. Loss alone, with neither a queue nor a falling estimate, is
the weather on a bad link: when sending less does not help, it is borne.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

START = {"normal": 250_000, "thin": 150_000, "audio": 80_000}  # bit/s of pictures, by the point's link
LEAST_TRIAL = 60_000  # bit/s: the smallest picture is tried again from nothing
LARGEST_FIRST = 1_500_000  # bit/s that the first picture may cost
HEADROOM = 4.0  # times what is sent: more is not allowed in advance
FIRST_GAIN, LEAST_GAIN, LARGEST_GAIN = 1.3, 1.1, 1.6
GOOD_TRIALS = 3  # in a row that brought more: the link is taken for a new one, and growth is as at the start
DOUBLE_SECONDS = 1.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 4.0, 30.0
LONG_TRIAL_SECONDS = 10.0
SETTLE_SECONDS = 1.5  # after a change, before reports tell about it; after a retreat a round trip more
UPDATE_SECONDS = 0.5
LOW_SHARE = 0.9  # an estimate below this share of what is sent, and not rising, shows congestion
DEEP_SHARE = 0.7  # below this share it does so by itself: that much less has really arrived
LOSS, LOSS_BACKED, LOSS_UNBEARABLE = 0.08, 0.06, 0.25
QUEUE_SECONDS, QUEUE_BACKING = 0.25, 0.1
STRIKES = 6  # suspicions in a row that count; a certainty counts for three of them
RECENT_SECONDS = 1.2
BASE_KEPT = 120  # round trips kept to know the shortest
STEADY_SECONDS, STEADY_STEP = 2.0, 0.025  # a delay that moves by less than a step for so long has no queue in it that empties


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known at an update: bit/s sent, the last REMB if it is fresh, loss 0…1 and queueing delay in seconds.

    ``wanted`` is what all pictures would cost as wished, ``least`` what the most important one costs at its smallest;
    ``sound`` is sent beside them, ``trip`` the last round trip in seconds.
    """

    sending: float
    estimate: int | None = None
    loss: float = 0.0
    queue: float = 0.0
    wanted: float = 0.0
    least: float = 0.0
    sound: float = 0.0
    trip: float = 0.0


@dataclass(slots=True)
class Budget:
    """The allowance of one receiver, bit/s; update twice a second."""

    limit: float = math.inf
    pause: float = FIRST_PAUSE_SECONDS
    gain: float = FIRST_GAIN
    changed_at: float = -math.inf
    doubling: bool = True
    trial: bool = False
    failed_at: float = math.inf  # what was sent when there was congestion last
    good_trials: int = 0
    strikes: int = 0
    weather: float = 0.0  # loss that is there whatever is sent
    eased: bool = False  # there was congestion, and nothing was added since
    calm: bool = False  # nothing was added since there was congestion, and nothing but the delay tells of any
    _before: float = 0.0  # the limit before loss alone cut it
    _lossy: float = 0.0  # the loss for which alone it was cut
    _sent: deque[float] = field(default_factory=lambda: deque(maxlen=4))
    _sent_at_trial: float = 0.0
    _estimates: deque[int] = field(default_factory=lambda: deque(maxlen=3))
    _queue: float = 0.0

    def update(self, now: float, seen: Seen, early: bool = False) -> float:
        """The limit from now on; ``early``: between two regular updates, because an estimate has fallen."""
        settled = now - self.changed_at >= SETTLE_SECONDS and not self.settling(now, seen.trip)
        weight = self._look(now, seen, early)
        if self.changed_at == -math.inf and seen.wanted:  # whatever the link is: the first picture is tried
            self.changed_at, self.limit = now, max(self.limit, min(seen.least, LARGEST_FIRST))
        if self.trial and not weight and now - self.changed_at >= self._trial_seconds:
            self._passed(seen)
        if self.strikes >= STRIKES and (settled or (early and not self.eased)) and seen.sending:
            self._retreat(now, seen)
        elif not weight and (settled or self.doubling) and self.limit < math.inf:
            self._grow(now, seen)
        return self.limit

    @property
    def _trial_seconds(self) -> float:
        """A queue fills slowly: near what failed before, a trial takes longer."""
        return FIRST_PAUSE_SECONDS if self.failed_at == math.inf else LONG_TRIAL_SECONDS

    # ------------------------------------------------------------------ looking
    def settling(self, now: float, trip: float) -> bool:
        """Whether reports still tell of the time before less was sent."""
        return self.eased and now - self.changed_at < SETTLE_SECONDS + trip

    def alarming(self, estimate: int) -> bool:
        """Whether an estimate is so low that what to do is not left to the next update."""
        return bool(self._sent) and estimate < min(self._sent) * DEEP_SHARE

    def _look(self, now: float, seen: Seen, early: bool) -> int:
        """Take note; how strongly it looks like congestion."""
        if not early:
            self._sent.append(seen.sending)
        if seen.estimate is None:
            self._estimates.clear()
        else:
            self._estimates.append(seen.estimate)
        self.weather = min(self.weather, max(seen.loss, self.weather * 0.9))
        self._lossy *= seen.loss >= self._lossy / 2
        weight = self._suspicion(seen)
        self.strikes = self.strikes + weight if weight else 0
        if self.settling(now, seen.trip):  # what is seen may be from before: nothing is certain yet
            self.strikes = min(self.strikes, STRIKES - 3)
        self.doubling = self.doubling and weight < 3
        self.calm = self.eased and not self._low(seen) and seen.loss - self.weather <= LOSS_BACKED
        self._queue = seen.queue
        return weight

    def _narrow(self, seen: Seen) -> bool:
        return seen.estimate is not None and seen.estimate < min(self._sent) * LOW_SHARE

    def _low(self, seen: Seen) -> bool:
        """Whether the receiver finds the link too narrow; an estimate that rises is only on its way up."""
        return self._narrow(seen) and (seen.estimate or 0) <= min(self._estimates) * 1.01

    def _may_be_ours(self, seen: Seen) -> bool:
        """A round trip grows on the way back too, and on a busy machine: what the receiver estimates knows better."""
        return seen.estimate is None or self._narrow(seen)

    def _suspicion(self, seen: Seen) -> int:
        """0: all is well; 1: perhaps congestion, 2: so in a trial; 3: congestion."""
        low, queue = self._low(seen), seen.queue > QUEUE_BACKING
        growing = seen.queue > QUEUE_SECONDS and seen.queue > self._queue * 0.8 and self._may_be_ours(seen)
        deep = low and self.alarming(seen.estimate or 0)
        if deep or growing or (low and queue) or (seen.loss - self.weather > LOSS_BACKED and (low or queue)):
            return 3
        return (2 if self.trial or self.doubling else 1) if low or seen.loss - self.weather > LOSS else 0

    def _unfounded(self, seen: Seen) -> bool:
        """A receiver that is busy itself estimates low as well: small pictures are not given up while all that is sent arrives in time."""
        return seen.sending < LEAST_TRIAL and seen.queue < QUEUE_BACKING and seen.loss - self.weather <= LOSS_BACKED

    # ------------------------------------------------------------------ less
    def _retreat(self, now: float, seen: Seen) -> None:
        alone = not self._narrow(seen) and seen.queue < QUEUE_BACKING
        if alone and self._lossy and seen.loss > self._lossy * 0.75:  # sending less has not helped: it is the weather
            self.limit, self.weather, self._lossy = max(self.limit, self._before), seen.loss, 0.0
        else:
            self._before, self._lossy = (self.limit, seen.loss) if alone else (0.0, 0.0)
            kept = min(self._kept(seen), self.limit)  # what went out beyond the limit, repairs above all, was never allowed
            # so little is sent that nothing is to be gained, or so little is lost that nothing need be
            bearable = seen.sending < LEAST_TRIAL / 2 or (alone and seen.loss < LOSS_UNBEARABLE) or self._unfounded(seen)
            self.limit = max(kept, LEAST_TRIAL) if bearable else kept if kept >= LEAST_TRIAL / 2 else 0.0
            self.failed_at = max(self._sent)
        if self.trial:
            self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)
            self.gain = max(LEAST_GAIN, (1 + self.gain) / 2)
        self.changed_at, self.trial, self.doubling, self.strikes, self.good_trials = now, False, False, 0, 0
        self.eased = True

    def _kept(self, seen: Seen) -> float:
        """What gets through, or did before the trial; less while packets wait in a queue, so that it empties."""
        through = seen.sending * (1 - seen.loss) * 0.95
        if seen.estimate is not None and self._low(seen):
            through = min(through, seen.estimate) if seen.loss > LOSS_BACKED else seen.estimate
        kept = min(through, seen.sending * 0.9)
        kept -= min(kept / 2, (1 - kept / seen.sending) * seen.sound)  # sound is short by as much, and is not cut
        if self.trial and kept > self._sent_at_trial * DEEP_SHARE:  # else it is not the trial: the link is another one now
            kept = max(kept, self._sent_at_trial)
        return kept * (1 - min(0.4, seen.queue / 2))

    # ------------------------------------------------------------------ more
    def _grow(self, now: float, seen: Seen) -> None:
        restored = self._before if self.pause <= FIRST_PAUSE_SECONDS else 0.0
        wanted = max(self.limit * (2 if self.doubling else self.gain), LEAST_TRIAL, restored)
        known = wanted < self.failed_at * 0.95  # so much has been carried already
        wait = DOUBLE_SECONDS if self.doubling else FIRST_PAUSE_SECONDS if known else max(self.pause, self._trial_seconds)
        ceiling = max(LEAST_TRIAL, HEADROOM * seen.sending, seen.wanted)
        if now - self.changed_at < wait or self._in_doubt(seen) or self.limit >= ceiling:
            return  # beyond the ceiling far more is allowed than anybody wants
        self.limit = min(ceiling, wanted)
        self.changed_at, self.trial, self._before, self.eased = now, not self.doubling, 0.0, False
        self._sent_at_trial = seen.sending

    def _in_doubt(self, seen: Seen) -> bool:
        """Nothing is wrong, but not everything is well either: no time for more."""
        if seen.estimate is None:
            return seen.queue > QUEUE_SECONDS or seen.loss - self.weather > LOSS_BACKED * 2
        needed = max(self._sent) * (1.2 if seen.queue > QUEUE_BACKING else 1.0)
        return seen.estimate < needed or seen.loss - self.weather > LOSS_BACKED * 2

    def _passed(self, seen: Seen) -> None:
        """The last trial did no harm; it counts when more got through than ever failed."""
        self.trial = False
        self.pause = max(FIRST_PAUSE_SECONDS, self.pause / 2)
        if seen.sending > self._sent_at_trial * 1.05 and (self.failed_at == math.inf or seen.sending > self.failed_at * 1.02):
            self.pause, self.failed_at = FIRST_PAUSE_SECONDS, math.inf
            self.gain = min(LARGEST_GAIN, self.gain * 1.2)
            self.good_trials += 1
            self.doubling = self.good_trials >= GOOD_TRIALS


class Waiting:
    """How long packets wait in a queue: what a delay has beyond the shortest of the last minutes.

    Of the last second the shortest counts: a queue delays everything, a busy machine only some of it. A way may become
    longer by itself: when nothing is added and the delay stays as it is, what is left of it is the way's own.
    """

    __slots__ = ("_known", "_recent", "_steady", "_steady_since")

    def __init__(self) -> None:
        self._known: deque[float] = deque(maxlen=BASE_KEPT)
        self._recent: deque[tuple[float, float]] = deque(maxlen=BASE_KEPT)
        self._steady, self._steady_since = math.inf, math.inf

    def take(self, now: float, seconds: float, calm: bool = False) -> None:
        """A delay was measured: a round trip, or a way with any constant shift of clocks.

        ``calm``: nothing was added to what is sent, and nothing but the delay tells of a queue.
        """
        self._known.append(seconds)
        self._recent.append((now, seconds))
        while now - self._recent[0][0] > RECENT_SECONDS:
            self._recent.popleft()
        least = min(seconds for _, seconds in self._recent)
        if not calm:
            self._steady = math.inf
        elif abs(least - self._steady) > STEADY_STEP:
            self._steady, self._steady_since = least, now
        elif now - self._steady_since >= STEADY_SECONDS:
            self._known.clear()
            self._known.append(min(self._steady, least))

    @property
    def queue(self) -> float:
        """Seconds."""
        return min(seconds for _, seconds in self._recent) - min(self._known) if self._recent else 0.0


class Repairs:
    """How many packets may be sent again to one receiver: a bucket that fills with a share of what it is allowed."""

    __slots__ = ("_at", "_left")
    SHARE = 0.4  # of the limit: enough for a third of all packets lost
    MOST = 20_000_000  # bit/s reckoned with where there is no limit
    BURST_SECONDS = 0.5
    PACKET_BITS = 8_000

    def __init__(self) -> None:
        self._left, self._at = 0.0, -math.inf

    def take(self, now: float, limit: float, packets: int) -> int:
        """How many of so many packets may go out again now; they are taken from the bucket."""
        rate = min(max(limit, LEAST_TRIAL), self.MOST) * self.SHARE
        full = max(rate * self.BURST_SECONDS, 4.0 * self.PACKET_BITS)
        self._left = min(self._left + rate * min(now - self._at, 1e3), full)
        self._at = now
        taken = min(packets, int(self._left / self.PACKET_BITS))
        self._left -= taken * self.PACKET_BITS
        return taken
