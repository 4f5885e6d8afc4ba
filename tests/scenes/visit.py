"""
A visit to Votify: a window of a browser that a scene brings where it wants it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Error, Page

from tests.e2e.faults import Fault
from tests.scenes.world import Known, World


class Visit:
    """
    A window of somebody who was never here before, in a world with polls.

    :ivar world: has the polls.
    :ivar page: is the window.
    """

    def __init__(self, world: World, page: Page, ends: ExitStack) -> None:
        self.world = world
        self.page = page
        self._ends = ends

    def open(self, path: str, *, status: int = 200) -> Page:
        """Open a page, which answers with this status."""
        answer = self.page.goto(self.world.url + path)
        assert answer
        assert answer.status == status, f"{path} answers {answer.status}"
        return self.page

    def vote(self, poll: str) -> Page:
        """Open the ballot paper of a poll."""
        return self.open(f"/vote/{self.world.poll(poll).slug}")

    def result(self, poll: str, rest: str = "") -> Page:
        """Open the page of a poll's result, or one below it."""
        return self.open(f"/result/{self.world.poll(poll).slug}{rest}")

    def stage(self, poll: str, query: str = "", *, status: int = 200) -> Page:
        """Open a poll on the stage."""
        slug = self.world.poll(poll).slug
        return self.open(f"/result/{slug}/present{query}", status=status)

    def desk(self, path: str = "", *, name: str = "admin", status: int = 200) -> Page:
        """Open a page of the desk as an organiser who is signed in."""
        self.page.context.add_cookies(self.world.session(name))
        return self.open(f"/admin/{path}", status=status)

    def desk_of(self, poll: str, rest: str = "") -> Page:
        """Open the page of a poll at the desk, or one below it."""
        return self.desk(f"polls/{self.world.poll(poll).id}{rest}")

    def spare(self, name: str) -> Known:
        """Make a poll for this scene alone, which may do to it what it likes."""
        poll = self.world.spare(name)
        self._ends.callback(self.world.retire, poll)
        return poll

    def ask_factor(self) -> None:
        """Ask everybody for a second factor, until the scene is over."""
        self.world.ask_factor(wanted=True)
        self._ends.callback(self.world.ask_factor, wanted=False)

    def lose(self, fault: Fault, *names: str) -> None:
        """Make something happen to processes, until the scene is over."""
        self._ends.enter_context(fault(self.world.stack, *names))


Play = Callable[[Visit], Page | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """
    A page in a state.

    :ivar name: `group/what`, of which the pictures are named.
    :ivar play: brings a window there, and fails when it does not get there.
    :ivar language: what the browser asks for.
    :ivar moves: whether the scene is about something that moves.
    :ivar is_page: whether it is a page, and not a file that a browser shows.
    :ivar on_paper: whether it is looked at as it would be printed.
    """

    name: str
    play: Play
    language: str = "en-GB"
    moves: bool = False
    is_page: bool = True
    on_paper: bool = False

    @contextmanager
    def played(self, browser: Browser, world: World) -> Iterator[Page]:
        """Give a window in which the scene has been played; it is over at the end of the block."""
        with ExitStack() as ends:
            context = browser.new_context(locale=self.language, timezone_id="Europe/London")
            ends.callback(context.close)
            page = context.new_page()
            page.emulate_media(
                reduced_motion="no-preference" if self.moves else "reduce",
                media="print" if self.on_paper else "screen",
            )
            errors: list[Error] = []
            page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 - it takes no builtin
            self.play(Visit(world, page, ends))
            yield page
            assert not errors, f"a script failed: {errors}"


def group(name: str, plays: dict[str, Play]) -> list[Scene]:
    """Make the scenes of a group, in this order."""
    return [Scene(name=f"{name}/{what}", play=play) for what, play in plays.items()]
