"""
What voters see: the front door and the ballot paper.
"""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.scenes.visit import Play, Scene, Visit, group
from tests.waiting import eventually


def at(path: str, *, status: int = 200) -> Play:
    """Open an address."""
    return lambda visit: visit.open(path, status=status)


def paper(poll: str) -> Play:
    """Open a ballot paper."""
    return lambda visit: visit.vote(poll)


def chosen(poll: str, *options: str) -> Play:
    """Choose options on a paper."""

    def play(visit: Visit) -> Page:
        page = visit.vote(poll)
        for option in options:
            page.get_by_label(option, exact=True).check()
        return page

    return play


def press(page: Page) -> None:
    """Press the button of the paper that is open."""
    page.locator("[data-send]").click()


def send(page: Page, fate: str = "counted") -> Page:
    """Hand in the paper that is open, and wait for the receipt."""
    press(page)
    expect(page.locator(f"[data-state={fate}]")).to_be_visible()
    return page


def no_polls(visit: Visit) -> None:
    """Come before there is any."""
    expect(visit.open("/").get_by_text("No poll is open right now.")).to_be_visible()


def no_list(visit: Visit) -> None:
    """Look for open polls before there is any."""
    expect(visit.open("/vote/").get_by_role("heading", level=1)).to_have_text("No poll is open")


def front(visit: Visit) -> None:
    """Come when much is going on."""
    visit.world.fill()
    expect(visit.open("/").get_by_role("link", name="Shall we have a break?")).to_be_visible()


def rated(visit: Visit) -> None:
    """Rate some talks."""
    page = visit.vote("rating")
    for option, value in {"Opening": 4, "Trains at night": 5}.items():
        page.get_by_role("group", name=option).get_by_role("radio", name=str(value)).check()


def ranked(visit: Visit) -> None:
    """Give some options a place."""
    page = visit.vote("ranked")
    for option in ("Tacos", "Ramen", "Salad"):
        page.get_by_text(option, exact=True).click()
    expect(page.locator("[data-placed]")).to_have_count(3)


def ranked_nothing(visit: Visit) -> None:
    """Hand in a ranking without any place."""
    press(visit.vote("ranked"))
    expect(visit.page.locator("[data-news=slip]")).to_be_visible()


def preview(visit: Visit) -> None:
    """Look at a draft as its organiser."""
    visit.desk_of("draft").get_by_role("link", name="Preview").click()
    expect(visit.page.get_by_text("This is a preview.")).to_be_visible()


def voted(visit: Visit) -> Page:
    """Vote, and see the receipt."""
    page = visit.vote("single")
    page.get_by_label("On the roof").check()
    return send(page)


def change(visit: Visit) -> None:
    """Come back to change the vote."""
    voted(visit)
    visit.vote("single")


def cannot_change(visit: Visit) -> None:
    """Come back where a vote cannot be changed."""
    page = visit.vote("once")
    page.get_by_label("Yes").check()
    send(page)
    visit.vote("once")


def closed_with_my_vote(visit: Visit) -> None:
    """Come back when the poll is closed."""
    poll = visit.spare("nothing")
    page = visit.open(f"/vote/{poll.slug}")
    page.get_by_label("Tea").check()
    send(page)
    visit.world.organiser.do(poll.id, "close")
    path = f"/vote/{poll.slug}"
    eventually(lambda: visit.open(path).locator("[data-state=closed]").is_visible())


def wrong_code(visit: Visit) -> None:
    """Send a code that nobody was given."""
    page = visit.vote("codes")
    page.get_by_label("Your code for this poll").fill("AAAAA-AAAAA")
    page.get_by_label("Ada").check()
    press(page)
    expect(page.get_by_role("alert")).to_contain_text("This code is not valid")


SCENES: list[Scene] = [
    *group("empty", {"front": no_polls, "open": no_list}),
    *group(
        "front",
        {
            "polls": front,
            "wrong-code": at("/?code=NOBODY", status=404),
            "open": at("/vote/"),
            "unknown-poll": at("/vote/nobody-knows", status=404),
            "unknown-page": at("/vote/a/b/c", status=404),
        },
    ),
    *group(
        "paper",
        {
            "single": paper("single"),
            "single-chosen": chosen("single", "In the garden"),
            "multiple": paper("multiple"),
            "multiple-chosen": chosen("multiple", "Prices", "Volunteers"),
            "rating": paper("rating"),
            "rating-chosen": rated,
            "ranked": paper("ranked"),
            "ranked-chosen": ranked,
            "ranked-nothing": ranked_nothing,
            "images": chosen("images", "Into the valley"),
            "many": paper("many"),
            "words": paper("words"),
            "coming": paper("coming"),
            "coming-next-week": paper("next-week"),
            "closing": paper("closing"),
            "closed": paper("final"),
            "closed-with-my-vote": closed_with_my_vote,
            "change": change,
            "cannot-change": cannot_change,
            "codes": paper("codes"),
            "wrong-code": wrong_code,
            "declared": paper("declared"),
            "after-vote": paper("after-vote"),
            "preview": preview,
        },
    ),
]
