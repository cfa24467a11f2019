"""General pictures drawn from nothing: text, shapes and charts whose every fact is known.

A model that learns space may forget how to read and count; on these pictures that can be measured without any data set.
"""
