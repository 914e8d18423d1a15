"""What crosses a boundary between services: one module per owner, nothing that runs."""
