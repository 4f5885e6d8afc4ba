"""
Where pictures go: into an album to leaf through, and the few that documents show beside these.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from PIL import Image

from tests.scenes.looks import Look

_SHOWN = Path("docs/pictures")
_COLOURS = 128
_LONGEST = 1200  # pixels of CSS

# Pictures in documents: of a scene, on a screen.
_IN_DOCUMENTS = {
    ("paper/single-chosen", "phone-light"): "vote",
    ("paper/ranked-chosen", "phone-dark"): "ranking",
    ("receipt/counted", "phone-light"): "receipt",
    ("result/single", "laptop-light"): "result",
    ("result/timeline-ranked", "laptop-light"): "ranked",
    ("present/celebrated", "projector-light"): "stage",
    ("results/all", "laptop-dark"): "dashboard",
    ("desk/final-ranked", "laptop-light"): "desk",
}

_PAGE = """\
<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<title>Votify: every page in every state</title>
<style>
body {{ margin: 2rem; font: 1rem system-ui, sans-serif; color-scheme: light dark; }}
section div {{ display: flex; gap: 1rem; overflow-x: auto; padding-bottom: 1rem; }}
img {{ height: 22rem; object-fit: cover; object-position: top; max-width: 40rem; }}
h2 {{ font-size: 1.1rem; }}
</style>
</head>
<body>
<h1>Every page in every state</h1>
{sections}
</body>
</html>
"""


def bind(folder: Path, names: Iterable[str], looks: Sequence[Look]) -> None:
    """Write the page that shows all pictures that are there."""
    sections = [
        _section(folder, name, looks)
        for name in names
        if (folder / name / _file(looks[0])).exists()
    ]
    folder.mkdir(exist_ok=True)
    (folder / "index.html").write_text(_PAGE.format(sections="\n".join(sections)), "utf-8")


def _section(folder: Path, name: str, looks: Sequence[Look]) -> str:
    images = "".join(
        f'<a href="{escape(path)}"><img src="{escape(path)}" alt="{look.name}" loading="lazy"></a>'
        for look in looks
        if (folder / (path := f"{name}/{_file(look)}")).exists()
    )
    return f'<section id="{escape(name)}"><h2>{escape(name)}</h2><div>{images}</div></section>'


def _file(look: Look) -> str:
    return f"{look.name}.png"


def publish(scene: str, look: Look, picture: bytes) -> None:
    """Keep a small copy of a picture that the documents show."""
    name = _IN_DOCUMENTS.get((scene, look.name))
    if name is None:
        return
    with Image.open(io.BytesIO(picture)) as image:
        tall = min(image.height, _LONGEST * look.scale)
        cut = image.convert("RGB").crop((0, 0, image.width, tall))
    cut.quantize(_COLOURS, dither=Image.Dither.NONE).save(_SHOWN / f"{name}.png", optimize=True)
