"""Policies as a supervisor works on them: drafts, differences of versions, what a moment would look like."""
