"""The server beside the artist's canvas: gate, conversations, job queue, worker processes, services.

The server process never imports torch: only `worker`, which it starts as processes of their own, does. So it
starts at once and outlives a worker's crash.
"""
