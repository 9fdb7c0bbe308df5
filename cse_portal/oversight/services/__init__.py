"""What HOPS asks and MDAs answer: one verb, one transaction."""
