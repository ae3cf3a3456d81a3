"""Who there is: people by age and sex, their mortality, and who comes to need support."""
