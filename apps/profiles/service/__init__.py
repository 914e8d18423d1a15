"""The use cases of profiles: the household, what it watches, what it thinks, and what it hears."""
