"""The compiled packet core: the C sources in ``native/``, how they are built, and the class that drives them.

Nothing outside needs to know whether it is there: :func:`signaling.sfu.cores.make_core` chooses.
"""
