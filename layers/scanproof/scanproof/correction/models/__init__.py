"""Exported models at run time: what a model folder says of itself, and whether to believe it. No torch here.

`presets` names the models, `manifest` is the schema of a folder's manifest.json, `folder` refuses a folder whose files
are not the ones described, `cache` finds an exported model on this machine or has it exported once.
"""
