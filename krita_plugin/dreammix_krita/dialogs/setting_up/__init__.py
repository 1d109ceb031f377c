"""Setting up the backend: the program that does it, followed line by line (`model`), and its `dialog`."""
