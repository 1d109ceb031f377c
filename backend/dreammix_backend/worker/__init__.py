"""The worker process: the only room of the backend that reaches torch. Nothing of it is built yet.

The server starts it as a process of its own and never imports it; what passes between them is the protocol.
"""
