"""Persons who never were: histories drawn from a model, and lives one by one."""
