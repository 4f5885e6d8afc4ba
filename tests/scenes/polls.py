"""
The polls of the scenes, by the name that scenes call them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

OPEN = ("open",)
CLOSED = ("open", "close")
NEVER: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """
    How a poll is made.

    :ivar fields: as the API takes them.
    :ivar acts: what is done to it, in order; nothing: it stays a draft.
    :ivar voters: how many vote while it is open, within so many `minutes` before now.
    :ivar codes: how many single-use codes are made.
    :ivar opens_in: in how many minutes it opens; 0: at once.
    :ivar closes_in: the same for its close; 0: never.
    """

    question: str
    options: tuple[str, ...]
    fields: Mapping[str, Any] = field(default_factory=dict)
    acts: tuple[str, ...] = OPEN
    voters: int = 0
    minutes: float = 12
    codes: int = 0
    images: bool = False
    opens_in: float = 0
    closes_in: float = 0


_PARTY = ("By the lake", "In the garden", "On the roof", "At the old mill")
_TOPICS = ("Prices", "Opening hours", "The new hall", "Volunteers", "The website")
_TALKS = ("Opening", "Bees in the city", "Trains at night", "Panel")
_DINNER = ("Ramen", "Pizza", "Tacos", "Curry", "Salad")
_WORDS = (
    "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz",
    "An answer that is longer than anybody would like to read from the last row of a large hall",
    "No",
)
_COUNTRIES = (
    *("Portugal", "Japan", "Kenya", "Chile", "Norway", "India", "Canada", "Greece", "Peru"),
    *("Ireland", "Vietnam", "Morocco", "Iceland", "Mexico", "Italy", "Ghana", "Austria"),
    *("New Zealand", "Uruguay", "Estonia"),
)

SPARES: Mapping[str, Recipe] = MappingProxyType(
    {
        "last-minute": Recipe(
            question="Do we go on?", options=("Yes", "No"), voters=90, closes_in=0.9
        ),
        "party": Recipe(question="Where is the party of the year?", options=_PARTY, voters=640),
        "told-voters": Recipe(
            question="Who shall chair the club?",
            options=("Ada", "Grace"),
            fields={"identity": "code", "visibility": "organiser", "host_sees": "voters"},
        ),
    }
)
"""What is made anew each time."""

POLLS: Mapping[str, Recipe] = MappingProxyType(
    {
        "single": Recipe(question="Where should the summer party be?", options=_PARTY, voters=1204),
        "multiple": Recipe(
            question="Which topics should the next meeting cover?",
            options=_TOPICS,
            fields={"kind": "multiple", "max_choices": 3},
            voters=318,
        ),
        "rating": Recipe(
            question="How did you like the talks?",
            options=_TALKS,
            fields={"kind": "rating"},
            voters=156,
        ),
        "ranked": Recipe(
            question="What shall we have for dinner?",
            options=_DINNER,
            fields={"kind": "ranked"},
            voters=482,
        ),
        "images": Recipe(
            question="Where do we go hiking?",
            options=("To the coast", "Into the valley", "Up the mountain"),
            images=True,
            voters=87,
        ),
        "two": Recipe(question="Cats or dogs?", options=("Cats", "Dogs"), voters=3518),
        "many": Recipe(
            question="Which country shall we visit next?", options=_COUNTRIES, voters=2210
        ),
        "words": Recipe(
            question="Do you agree that questions which fill several lines of the paper, since who"
            " wrote them could not stop in time, should nevertheless be shown in full?",
            options=_WORDS,
            voters=41,
        ),
        "nothing": Recipe(question="Tea or coffee?", options=("Tea", "Coffee")),
        "closing": Recipe(
            question="Shall we have a break?", options=("Now", "Later"), voters=64, closes_in=14
        ),
        "coming": Recipe(
            question="Who wins the quiz?",
            options=("Table one", "Table two", "Table three"),
            opens_in=42,
        ),
        "next-week": Recipe(
            question="Which song opens the dance?",
            options=("A waltz", "A tango"),
            opens_in=7 * 24 * 60,
        ),
        "declared": Recipe(
            question="Who takes part in the run?",
            options=("I do", "I watch"),
            fields={"identity": "declared"},
        ),
        "codes": Recipe(
            question="Who leads the club next year?",
            options=("Ada", "Grace", "Edsger"),
            fields={"identity": "code", "change": False, "visibility": "after_close"},
            codes=12,
        ),
        "once": Recipe(
            question="Do we accept the minutes?",
            options=("Yes", "No", "Abstain"),
            fields={"change": False},
        ),
        "after-vote": Recipe(
            question="How tall is the tower?",
            options=("Under 50 m", "50 to 80 m", "Over 80 m"),
            fields={"visibility": "after_vote"},
            voters=71,
        ),
        "after-close": Recipe(
            question="Which design do we build?",
            options=("The arch", "The wave", "The cube"),
            fields={"visibility": "after_close"},
            voters=233,
        ),
        "organiser": Recipe(
            question="How content are you with your team?",
            options=("Very", "Rather", "Not very"),
            fields={"visibility": "organiser"},
            voters=29,
        ),
        "draft": Recipe(
            question="What shall the new room be called?", options=("Oak", "Elm", "Ash"), acts=NEVER
        ),
        "draft-codes": Recipe(
            question="Do we elect the board as a whole?",
            options=("Yes", "No"),
            fields={"identity": "code"},
            acts=NEVER,
        ),
        "final": Recipe(
            question="Which day suits you best?",
            options=("Monday", "Wednesday", "Saturday"),
            acts=CLOSED,
            voters=946,
        ),
        "final-tie": Recipe(
            question="Heads or tails?", options=("Heads", "Tails"), acts=CLOSED, voters=0
        ),
        "final-rating": Recipe(
            question="How was the food?",
            options=("Starter", "Main course", "Dessert"),
            fields={"kind": "rating"},
            acts=CLOSED,
            voters=112,
        ),
        "final-ranked": Recipe(
            question="Which film do we show?",
            options=("Metropolis", "Playtime", "Ikiru", "Alien"),
            fields={"kind": "ranked"},
            acts=CLOSED,
            voters=263,
        ),
        "final-organiser": Recipe(
            question="Would you come again?",
            options=("Yes", "No"),
            fields={"visibility": "organiser"},
            acts=CLOSED,
            voters=52,
        ),
        "broken": Recipe(
            question="Which colour has the new logo?",
            options=("Blue", "Green"),
            acts=("open", "close", "reopen"),
            voters=77,
        ),
        "archived": Recipe(
            question="Did you like last year's party?",
            options=("Yes", "No"),
            acts=("open", "close", "archive"),
            voters=31,
        ),
        "arabic": Recipe(
            question="أين نقيم حفلة الصيف؟",
            options=("على البحيرة", "في الحديقة", "على السطح"),
            voters=128,
        ),
        "german": Recipe(
            question="Wo feiern wir das Sommerfest?",
            options=("Am See", "Im Garten", "Auf der Dachterrasse"),
            voters=204,
        ),
        "chinese": Recipe(
            question="夏日聚会在哪里举行", options=("湖边", "花园", "屋顶"), voters=177
        ),
    }
)
