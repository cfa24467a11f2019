"""RLDS sets through tensorflow-datasets, in a process of its own (extra `data`)."""
