"""The command line. Commands read a config, build parts and call one function below."""


def main() -> None:
    """Entry point of the console script `vst-robot`."""
    from vst_robot.cli.app import run

    run()
