"""Demonstrations on disk: LIBERO's HDF5 layout, resumable sets, the packed cache that training reads."""
