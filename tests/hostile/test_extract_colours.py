"""Words in a colour as light as their ground: a person sees them, and grey does not."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from gateway.extract.formats.pictures.render import render


def picture(ground: tuple[int, int, int], words: tuple[int, int, int]) -> bytes:
    made, out = Image.new("RGB", (300, 80), ground), io.BytesIO()
    ImageDraw.Draw(made).text((20, 20), "RESTRICTED", words, font_size=40)
    made.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(("ground", "words"), [((0, 130, 0), (255, 0, 0)), ((97, 0, 0), (0, 0, 254))])
def test_words_as_light_as_their_ground_are_shown(ground: tuple[int, int, int], words: tuple[int, int, int]) -> None:
    raster = render(picture(ground, words), "image/png")
    below = raster.grey[300 * 80 :]
    assert raster.height == 160
    assert max(below) - min(below) > 200


def test_other_colours_cost_nothing() -> None:
    assert render(picture((255, 255, 255), (200, 0, 0)), "image/png").height == 80
