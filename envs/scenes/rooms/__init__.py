"""Furnished rooms made by code: furniture out of simple solids, set up without collisions, walked through."""
