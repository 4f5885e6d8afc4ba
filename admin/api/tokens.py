"""
One's own API tokens, for programs.
"""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus

from flask import Blueprint, request

from admin import note
from admin.access import SIGNED_IN, access, organiser
from admin.api.code_models import NewToken, TokenList, TokenOut, TokenToMake
from admin.api.operation import operation
from admin.tokens import POLLS, VOTE_FOR, Tokens
from ballotbox.errors import Forbidden, InvalidAccount, UnknownToken


def blueprint(tokens: Tokens) -> Blueprint:
    """Make the routes."""
    part = Blueprint("tokens", __name__)

    @part.get("/tokens")
    @access(SIGNED_IN, token=POLLS)
    @operation()
    def list_tokens() -> TokenList:
        """List one's own tokens, the newest first, revoked ones too."""
        return TokenList(tokens=[TokenOut.of(each) for each in tokens.all(organiser())])

    @part.post("/tokens")
    @access(SIGNED_IN, token=POLLS)
    @operation(status=HTTPStatus.CREATED, raises=(InvalidAccount,))
    def make_token(body: TokenToMake) -> NewToken:
        """
        Make a token. Its text is in this answer, and shown never again.

        One that votes for others is made at the desk, or with its session: a token cannot make
        another that may do more than itself.
        """
        if VOTE_FOR in body.scopes and "Authorization" in request.headers:
            raise Forbidden("A token cannot make one that votes for others. Make it at the desk.")
        token, text = tokens.create(organiser(), body.name, body.scopes)
        note.about(token=token.id, name=token.name)
        note.add(scopes=token.scopes)
        return NewToken(**asdict(token), token=text)

    @part.delete("/tokens/<int:token>")
    @access(SIGNED_IN, token=POLLS)
    @operation(raises=(UnknownToken,))
    def revoke_token(token: int) -> None:
        """Make a token worthless, at once."""
        tokens.revoke(organiser(), token)

    return part
