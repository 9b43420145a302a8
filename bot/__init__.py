IN_WORKERS = ("digests.read.extract", "digests.brief.chain", "digests.watch.feeds")
"""Modules whose work is done in other processes, which load them before they are asked."""
