"""The bodies of auth's requests and answers."""
