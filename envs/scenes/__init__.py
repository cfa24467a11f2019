"""Scenes with true geometry, captured from simulators: pictures, depth, instance maps and boxes."""
