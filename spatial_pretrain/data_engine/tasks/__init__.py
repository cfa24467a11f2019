"""The nineteen VST-P tasks (paper, Figure 2a and appendix C), one file per family of skills."""
