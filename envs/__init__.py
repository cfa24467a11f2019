"""The world: LIBERO behind one adapter, its asset packs, scripted experts, collection and replay.

Import the module you need (`envs.libero`, `envs.suites`, ...): this package itself loads nothing, so that
`gymnasium`'s discovery of entry points stays cheap.
"""
