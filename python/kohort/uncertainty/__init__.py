"""What is not known: stated errors of forecasts and prices, chance, and too few draws."""
