"""Furniture and other things, one family per file: functions from a random generator to a piece.

A family's shapes stand in tables such as `seating.CHAIRS`; `catalogue.SHAPES` holds them all by category.
"""
