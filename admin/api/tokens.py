"""
One's own API tokens, for programs.
"""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus

from flask import Blueprint

from admin import note
from admin.access import SIGNED_IN, access, organiser, session_text, token_shown
from admin.api.code_models import NewToken, TokenList, TokenOut, TokenToMake
from admin.api.operation import operation
from admin.tokens import POLLS, VOTE_FOR, Tokens
from ballotbox.errors import Forbidden, InvalidAccount, PasswordNeeded, UnknownToken


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
    @access(SIGNED_IN, token=POLLS, again=True)
    @operation(status=HTTPStatus.CREATED, raises=(InvalidAccount, PasswordNeeded))
    def make_token(body: TokenToMake) -> NewToken:
        """
        Make a token. Its text is in this answer, and shown never again.

        One that votes for others is made at the desk, or with its session: a token cannot make
        another that may do more than itself. What a token has made ends with it at the latest.
        """
        parent = token_shown()
        if VOTE_FOR in body.scopes and parent is not None:
            raise Forbidden("A token cannot make one that votes for others. Make it at the desk.")
        token, text = tokens.create(
            organiser(),
            body.name,
            body.scopes,
            days=body.days,
            parent=parent,
            session="" if parent else session_text(),
        )
        note.about(token=token.id, name=token.name)
        note.add(scopes=token.scopes)
        return NewToken(**asdict(token), token=text)

    @part.delete("/tokens/<int:token>")
    @access(SIGNED_IN, token=POLLS)
    @operation(raises=(UnknownToken,))
    def revoke_token(token: int) -> None:
        """Make a token worthless, at once, and all that it has made."""
        tokens.revoke(organiser(), token)

    return part
