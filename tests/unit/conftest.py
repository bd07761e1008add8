"""Property tests judge what code does, not how fast a busy machine does it."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
