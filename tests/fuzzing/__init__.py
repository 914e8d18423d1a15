"""Every service against its own description, with whatever input that allows or forbids."""
