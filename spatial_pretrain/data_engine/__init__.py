"""The spatial data engine: VST-P and VST-R samples from scenes (paper section 3, appendix C)."""
