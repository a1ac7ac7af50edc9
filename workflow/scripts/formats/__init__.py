"""Formats of data files: each is read as a Table, in pieces."""
