"""What a broadcast is counted in. Apart from the encoders, for the web process reads it too and loads no codecs for that."""

from __future__ import annotations

FRAMES_PER_SECOND = 15
SEGMENT_S = 2
SOUND_BITRATE = 64_000
