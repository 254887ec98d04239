"""Applications over the API: thin doors to the services that the pages use."""
