"""What supervisors set up: roles in a draft, publishing, versions, the time machine."""
