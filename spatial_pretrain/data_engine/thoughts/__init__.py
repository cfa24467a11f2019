"""Chains of thought by rules, from a layout alone.

Every sentence is true by the geometry with a margin, and together the sentences derive the answer.
"""
