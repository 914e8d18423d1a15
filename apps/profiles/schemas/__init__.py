"""The bodies of profiles' requests and answers."""
