"""What one process can tell by itself: no server is started here."""
