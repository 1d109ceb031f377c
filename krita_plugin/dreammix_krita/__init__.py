"""The plugin inside Krita: docker and dialogs, the client of the backend, and the canvas.

It may import only the standard library, Qt through its own ``qt`` module, ``websockets`` through ``vendor``,
and ``dreammix.protocol``; only ``canvas`` and this entry point may touch Krita's API.
"""

from importlib.util import find_spec

# Krita imports this package, and expects it to make itself known; elsewhere there is nobody to tell.
if find_spec("krita") is not None:
    from dreammix_krita import plugin

    plugin.register()
