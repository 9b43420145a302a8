"""Prompts as files, one a version."""
