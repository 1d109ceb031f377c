"""The plugin inside Krita: docker and dialogs, the client of the backend, and the canvas.

It may import only the standard library, Qt through its own ``qt`` module, ``websockets`` through ``vendor``,
and ``dreammix.protocol`` through ``protocol``; only ``canvas`` and this entry point may touch Krita's API.
"""
