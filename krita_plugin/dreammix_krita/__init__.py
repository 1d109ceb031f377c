"""The plugin inside Krita: docker and dialogs, the client of the backend, and the canvas.

Nothing of it is built yet. It may import only the standard library, Qt through its own ``qt`` module, the
vendored ``websockets``, and ``dreammix.protocol`` through its own ``protocol`` module; only ``canvas`` and
this entry point may touch Krita's API.
"""
