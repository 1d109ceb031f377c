"""The server beside the artist's canvas: gate, sessions, job queue, worker processes, library service.

Nothing of it is built yet. Its server process never imports torch: only the worker process does, so that the
server starts at once and outlives a worker's crash.
"""
