"""
What an audience sees: the result of each kind, in each state of the poll.
"""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.scenes.visit import Play, Scene, Visit, group
from tests.scenes.voting import at


def result(poll: str) -> Play:
    """Watch a result."""
    return lambda visit: live(visit.result(poll))


def live(page: Page) -> Page:
    """Wait until a page is live, whatever its language."""
    expect(page.locator("[data-live]").first).to_have_attribute("data-live", "live")
    return page


def connecting(visit: Visit) -> None:
    """Come where sockets do not get through."""
    visit.page.route("**/socket.io/**", lambda route: None)
    visit.page.route_web_socket("**/socket.io/**", lambda socket: None)
    page = visit.result("single")
    expect(page.locator("[data-live]").first).to_have_text("Connecting…")


def offline(visit: Visit) -> None:
    """Lose the network while watching."""
    page = live(visit.result("single"))
    page.context.set_offline(offline=True)
    expect(page.locator("[data-live]").first).to_contain_text("You are offline")


def gone(visit: Visit) -> None:
    """Watch a poll that is thrown away."""
    poll = visit.world.spare("final-tie")
    page = live(visit.open(f"/result/{poll.slug}"))
    visit.world.organiser.call("DELETE", f"/polls/{poll.id}", status=204)
    expect(page.locator("[data-live]").first).to_have_text("This poll is not shown any more")


def after_my_vote(visit: Visit) -> None:
    """See numbers that only voters see."""
    receipt = visit.world.receipt("after-vote")
    visit.world.site.wait_counted(receipt)
    page = live(visit.result("after-vote", f"?receipt={receipt}"))
    expect(page.locator("[data-total]")).to_contain_text("counted")


def in_doubt(visit: Visit) -> None:
    """Watch a final result that was changed in the database by hand."""
    page = live(visit.open(f"/result/{visit.world.doubtful.slug}"))
    expect(page.locator("[data-differs]")).to_be_visible()


def timeline(poll: str) -> Play:
    """Look at how a vote went."""
    return lambda visit: with_timeline(visit, poll)


def with_timeline(visit: Visit, poll: str) -> Page:
    """Open a result with the picture of how the vote went."""
    page = live(visit.result(poll, "?timeline=shown"))
    expect(page.locator("#timeline svg").first).to_be_visible()
    return page


def replayed(visit: Visit) -> None:
    """Watch a vote once more, and stop in its middle."""
    page = with_timeline(visit, "single")
    page.get_by_role("button", name="Replay").click()
    page.get_by_label("Moment of the vote").fill("30")
    expect(page.get_by_text("Replay ·")).to_be_visible()


def unfolded(poll: str) -> Play:
    """Open all that is folded away."""

    def play(visit: Visit) -> None:
        page = live(visit.result(poll))
        for each in page.locator("main details > summary").all():
            each.click()

    return play


def dashboard(query: str = "") -> Play:
    """Look at all results."""

    def play(visit: Visit) -> Page:
        visit.world.fill()
        return live(visit.open(f"/result/{query}"))

    return play


def searched(visit: Visit) -> None:
    """Look for a poll that is not there."""
    visit.open("/result/?q=nothing+like+this")
    expect(visit.page.get_by_text("No poll matches")).to_be_visible()


def picture(poll: str, rest: str) -> Play:
    """Look at the picture of a result, as other sites show it."""

    def play(visit: Visit) -> None:
        address = f"/result/{visit.world.poll(poll).slug}{rest}"
        page = visit.open("/healthz")
        page.set_content(f'<img src="{address}" width="100%" alt="">')
        expect(page.locator("img")).to_have_js_property("naturalWidth", 1200)

    return play


EMPTY = group("empty", {"results": at("/result/")})

SCENES: list[Scene] = [
    *group(
        "results",
        {
            "all": dashboard(),
            "closed": dashboard("?state=closed"),
            "searched": searched,
        },
    ),
    *group(
        "result",
        {
            "single": result("single"),
            "multiple": result("multiple"),
            "rating": result("rating"),
            "ranked": result("ranked"),
            "images": result("images"),
            "two": result("two"),
            "many": result("many"),
            "words": result("words"),
            "nothing": result("nothing"),
            "closing": result("closing"),
            "coming": result("coming"),
            "next-week": result("next-week"),
            "after-vote": result("after-vote"),
            "after-close": result("after-close"),
            "organiser": result("organiser"),
            "final": result("final"),
            "in-doubt": in_doubt,
            "final-rating": result("final-rating"),
            "final-ranked": result("final-ranked"),
            "final-organiser": result("final-organiser"),
            "final-tie": result("final-tie"),
            "broken": result("broken"),
            "unknown": lambda visit: visit.open("/result/nobody-knows", status=404),
            "ordered": lambda visit: live(visit.result("many", "?order=votes")),
            "after-my-vote": after_my_vote,
            "timeline": timeline("single"),
            "timeline-rating": timeline("final-rating"),
            "timeline-ranked": timeline("ranked"),
            "timeline-many": timeline("many"),
            "replayed": replayed,
            "unfolded": unfolded("ranked"),
            "connecting": connecting,
            "offline": offline,
            "gone": gone,
        },
    ),
    Scene(name="result/printed", play=result("final-ranked"), on_paper=True),
    *(
        Scene(name=f"picture/{poll}", play=picture(poll, rest), is_page=False)
        for poll, rest in {
            "single": ".svg",
            "rating": ".png",
            "final-ranked": ".svg?theme=dark",
            "many": ".png",
            "words": ".svg",
            "after-close": ".svg",
            "arabic": ".png",
            "chinese": ".png",
        }.items()
    ),
]
