"""A session's sources as files of their own, as they were sent (RTP in, Matroska out, nothing decoded), in a process of its own.

``payloads`` and ``ordering`` make frames of packets, ``matroska`` makes octets of frames (all pure); ``files`` is one file as it
grows, ``manifest`` what is known of all of a session; ``recorder`` records one session, ``process`` holds those that are on.
"""
