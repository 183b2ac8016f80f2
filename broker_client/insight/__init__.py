"""What the facts mean: rates, findings, forecasts. Pure: no network, no clock."""
