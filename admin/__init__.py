"""
The organisers' desk and its interface for programs. It cannot read who voted what.

`accounts`, `sessions`, `tokens`, `polls` and `codes` are what can be done, without Flask; the desk
(`desk_*`) and the API (`api`) are two doors to them. `access` decides who may pass which door,
`audit` writes down in the `journal` who did or tried what, and `errors` alone knows the HTTP status
of an error.
"""
