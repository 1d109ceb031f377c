"""Settings: the backend, the artist, who describes pictures, the models, the language."""
