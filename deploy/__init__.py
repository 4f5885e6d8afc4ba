"""How Votify is run: `deploy.local` without Docker; the other folders hold configuration only."""
