"""Money: what support costs, prices of each year, and who pays."""
