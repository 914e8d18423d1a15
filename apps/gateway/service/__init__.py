"""What the door does: it passes requests on to their owners, and composes pages out of several."""
