"""Exported models at run time, without torch.

`presets` lists the named models, `manifest` is the schema of manifest.json, `folder` verifies a model folder, `cache`
finds an exported model on this machine or exports it once.
"""
