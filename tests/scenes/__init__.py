"""
Every page in every state: one list of scenes, for the pictures (`make pictures`) and for the tests.

A scene is a name and what brings a browser there: `world` has the polls, `visit` the browser, and
each of the other modules the scenes of a part of Votify.
"""
