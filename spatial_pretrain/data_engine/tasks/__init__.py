"""Tasks of VST-P and VST-R (paper, Figure 2 and appendix C), one file per family of skills."""
