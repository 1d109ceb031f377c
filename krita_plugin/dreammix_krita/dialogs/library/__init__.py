"""The artist's library: what of it the docker's shelf does not know (`model`), and its window (`dialog`)."""
