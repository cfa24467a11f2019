"""LIBERO's objects and rooms made from boxes and turned surfaces, all by code in this folder."""
