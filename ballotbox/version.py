"""
Which Votify this is. Here and nowhere else: the changelog is held to it, and `/healthz` says it.
"""

VERSION = "0.1.0"
