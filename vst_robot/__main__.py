"""`python -m vst_robot`, so that `torchrun -m vst_robot …` works."""

from vst_robot.cli import main

if __name__ == "__main__":
    main()
