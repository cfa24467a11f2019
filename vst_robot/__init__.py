"""vst-robot: vision-language-action policies with spatial pretraining built in.

This module stays light: importing it loads neither torch nor mujoco.
"""

__version__ = "0.1.0"
