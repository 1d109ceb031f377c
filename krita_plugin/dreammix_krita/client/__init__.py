"""The client of a backend: one owner of the connection, in the event loop that paints the interface."""
