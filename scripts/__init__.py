"""What operators and developers run: one verb each."""
