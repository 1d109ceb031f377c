"""The plugin's version: the project's."""

VERSION = "0.1.0.dev0"
