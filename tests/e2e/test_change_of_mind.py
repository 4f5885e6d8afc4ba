"""Who changes their mind while the first choice is on its way: the last one counts, and once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.organiser import Organiser
from tests.e2e.site import Site, votes
from tests.e2e.test_phone import assert_counted, heading, lose, news, phone, vote
from tests.e2e.windows import Windows

pytestmark = [pytest.mark.service, pytest.mark.browser]


@pytest.mark.parametrize("arrived", [0, pytest.param(1, marks=pytest.mark.night), 2])
def test_it_counts_the_last_choice_of_who_changes_it_while_waiting(
    people: Windows, organiser: Organiser, site: Site, arrived: int
) -> None:
    """Whether the earlier ones have arrived, nobody knows: the last one counts, and it once."""
    poll = organiser.poll("Tea", "Coffee", "Water")
    voter = phone(people, poll)
    mend = lose(voter, answers=arrived)
    for option in ("Tea", "Coffee", "Water"):
        vote(voter, option)
        expect(news(voter, "waiting")).to_contain_text("not confirmed yet")
    mend()

    heading(voter, "Your vote is counted")
    expect(voter.locator(".facts")).to_contain_text("Water")
    now = site.wait_ballots(1, poll["slug"])
    assert votes(now, 3) == 1
    assert now["cast"] <= arrived + 1


def test_it_counts_the_last_choice_when_an_earlier_one_arrives_late(
    people: Windows, organiser: Organiser, site: Site
) -> None:
    """What the network has held up for a while does not undo what was chosen after it."""
    poll = organiser.poll("Tea", "Coffee")
    voter = phone(people, poll)
    with voter.expect_request(lambda request: request.method == "POST") as held:
        mend = lose(voter)
        vote(voter, "Tea")
    expect(news(voter, "waiting")).to_contain_text("not confirmed yet")
    mend()
    vote(voter, "Coffee")
    heading(voter, "Your vote is counted")

    late = voter.context.request.post(
        held.value.url,
        data=held.value.post_data,
        headers={**held.value.headers, "Origin": site.url},
    )

    assert late.json()["code"] == "sent_before"
    assert_counted(site, poll, 2, cast=1)


@pytest.mark.parametrize("arrived", [pytest.param(0, marks=pytest.mark.night), 1])
def test_it_is_honest_to_who_changes_a_choice_that_cannot_be_changed(
    people: Windows, organiser: Organiser, site: Site, arrived: int
) -> None:
    """Where the first choice has arrived it stands, and that is said; else the last one counts."""
    poll = organiser.poll("Tea", "Coffee", change=False)
    voter = phone(people, poll)
    mend = lose(voter, answers=arrived)
    vote(voter, "Tea")
    expect(news(voter, "waiting")).to_contain_text("not confirmed yet")
    vote(voter, "Coffee")
    expect(news(voter, "waiting")).to_contain_text("If your first choice has arrived already")
    mend()

    if arrived:
        expect(voter.get_by_role("alert")).to_contain_text("You have already voted")
        expect(voter.get_by_text("Your vote: Tea.")).to_be_visible()
    else:
        heading(voter, "Your vote is counted")
    assert_counted(site, poll, 1 if arrived else 2, cast=1)


def test_it_withdraws_a_vote(people: Windows, organiser: Organiser, site: Site) -> None:
    """It is asked once whether that is meant, counts no more, and one can vote again."""
    poll = organiser.poll("Tea", "Coffee")
    voter = phone(people, poll)
    vote(voter, "Tea")
    heading(voter, "Your vote is counted")
    first = voter.url
    voter.get_by_role("link", name="Change my vote").click()
    voter.get_by_text("Withdraw my vote").click()
    mend = lose(voter, answers=1)
    voter.get_by_role("button", name="Withdraw it now").click()
    expect(news(voter, "waiting")).to_contain_text("not confirmed yet that your vote is withdrawn")
    mend()

    heading(voter, "Your vote is withdrawn")
    site.wait_ballots(0, poll["slug"])
    voter.goto(first)
    heading(voter, "Your vote is withdrawn")
    voter.get_by_role("link", name="Vote again").click()
    expect(voter.get_by_text("Your vote is withdrawn.")).to_be_visible()
    vote(voter, "Coffee")
    heading(voter, "Your vote is counted")
    assert_counted(site, poll, 2, cast=3)


def test_it_counts_the_last_choice_of_who_has_two_pages_open(
    people: Windows, organiser: Organiser, site: Site
) -> None:
    """An older choice that waited in another page is not sent once the last one has arrived."""
    poll = organiser.poll("Tea", "Coffee")
    first = phone(people, poll)
    mend_first = lose(first)
    vote(first, "Tea")
    expect(news(first, "waiting")).to_contain_text("not confirmed yet")
    second = first.context.new_page()
    mend_second = lose(second)
    second.goto(f"/vote/{poll['slug']}")
    vote(second, "Coffee")
    expect(news(second, "waiting")).to_contain_text("not confirmed yet")
    mend_second()
    heading(second, "Your vote is counted")
    mend_first()

    expect(first.get_by_text("Your vote: Coffee.")).to_be_visible()
    assert first.evaluate("localStorage.length") == 0
    assert_counted(site, poll, 2, cast=1)


def test_it_keeps_one_choice_however_a_code_is_typed(
    people: Windows, organiser: Organiser, site: Site
) -> None:
    """Whoever types a code with gaps, and then without, is the same voter."""
    poll = organiser.poll("Tea", "Coffee", identity="code")
    (code,) = organiser.codes(poll["id"], 1)
    voter = phone(people, poll)
    mend = lose(voter)
    for typed, option in ((f" {code[:4]}-{code[4:]}".lower(), "Tea"), (code, "Coffee")):
        voter.get_by_label("Your code for this poll").fill(typed)
        vote(voter, option)
        expect(news(voter, "waiting")).to_contain_text("not confirmed yet")
    assert voter.evaluate("localStorage.length") == 1
    mend()

    heading(voter, "Your vote is counted")
    assert_counted(site, poll, 2, cast=1)


def test_it_gives_nobody_the_code_that_somebody_else_has_typed_in(
    people: Windows, organiser: Organiser
) -> None:
    """Who comes with a code of their own finds neither another one nor a choice on the paper."""
    poll = organiser.poll("Tea", "Coffee", identity="code")
    mine, yours = organiser.codes(poll["id"], 2)
    voter = phone(people, poll)
    lose(voter)
    voter.get_by_label("Your code for this poll").fill(mine)
    vote(voter, "Tea")
    expect(news(voter, "waiting")).to_contain_text("not confirmed yet")

    voter.goto(f"/vote/{poll['slug']}?code={yours}")

    expect(news(voter, "waiting")).to_contain_text("not confirmed yet")
    expect(voter.get_by_label("Your code for this poll")).to_have_value(yours)
    expect(voter.get_by_label("Tea")).not_to_be_checked()
