"""The worker process: the only room of the backend that reaches torch.

The server starts it as a process of its own and never imports it: `python -m dreammix_backend.worker`. It
holds one model in memory and does one job at a time; `dreammix_backend.workers.messages` is what passes
between them.
"""
