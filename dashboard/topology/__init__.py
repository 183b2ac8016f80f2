"""The picture of who is bound to whom: what it shows, where it stands, how it is drawn."""
