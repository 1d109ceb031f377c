"""Installs the backend into an environment of its own: any Python from 3.10 on, the standard library alone.

`command` reads the arguments; `installing` is the way from nothing to a backend that starts; `cards` chooses
the build of torch; `plan` is what is installed, file by file; `fetching` gets it; `soundness` checks what is
there; `tools` runs uv; `home` is where everything lies; `telling` says how far; `troubles` what went wrong.
"""
