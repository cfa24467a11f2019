"""A model that acts: demonstration files, inputs and action labels, fine-tuning, checkpoints, `VlaPolicy`.

This module stays light: importing it loads no torch.
"""
