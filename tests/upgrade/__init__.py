"""What earlier versions left behind, and whether the code of today finds all of it."""
