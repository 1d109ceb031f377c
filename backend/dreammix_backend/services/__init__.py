"""What a client may ask beside jobs: its library, the models, plans, words, and how the server is.

Each service is plain functions from a question of the protocol to its answer; what blocks runs in a thread,
what needs torch in a process of its own. No socket lives here.
"""
