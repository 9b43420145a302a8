"""A labelled stream of made-up news: who reports which event is known, so grouping can be marked."""
