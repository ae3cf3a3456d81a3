"""Draws x municipalities x scenarios on any executor, and what each source of doubt adds."""
