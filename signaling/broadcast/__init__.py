"""A public session as one composite picture over HLS (RFC 8216), in a process of its own.

``scene`` says what is to be seen, from the room's state alone; ``sources`` read the media worker's taps; ``canvas`` and ``mixing``
put picture and sound together; ``encoders`` make renditions of them; ``fragments``, ``playlist`` and ``shelf`` make the files that
viewers fetch. ``studio`` is one broadcast, ``service`` the process that holds as many as the site has.
"""
