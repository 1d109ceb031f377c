"""Describing and matching over the wire: the server asks a process of its own, and that asks the endpoint."""

import base64
import io
import json
import re
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from dreammix.geometry import to_picture
from dreammix.protocol import Attribute, AttributeKind, DescriberFailure, SampleFormat
from dreammix.protocol.library import CreateSubject, SetMask
from dreammix.protocol.services import DescribePictures, DescribeSubject, GetHealth, MatchWords
from tests.attributes.conftest import Endpoint, completion
from tests.attributes.conftest import plain as body
from tests.backend.serving import Client, Serving, connected, plain, serving

RED = Attribute(AttributeKind.COLOUR, "red")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that speaks OpenAI's chat completions, on this computer."""
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def server(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server whose describer is that endpoint."""
    where = f"http://127.0.0.1:{endpoint.server_port}/v1"
    options = ("--describer", "openai", "--endpoint", where, "--vlm", "seer")
    with serving(tmp_path_factory.mktemp("words"), *options) as running:
        yield running


async def created(client: Client) -> str:
    """A red subject with a picture; its id."""
    picture = await client.upload(plain(32, SampleFormat.RGBA8))
    asked = CreateSubject(name="Pip", class_word="mug", attributes=(RED,), pictures=(picture,))
    return str((await client.ask(asked)).card.id)


async def test_pictures_and_subjects_are_described(server: Serving, endpoint: Endpoint) -> None:
    """What the endpoint sees comes back; what was sent there are the pictures, and health says where."""
    endpoint.replies = [completion('{"colour": ["red"]}')]
    async with connected(server.endpoint) as client:
        picture = await client.upload(plain(32, SampleFormat.RGBA8))
        assert (await client.ask(DescribePictures("mug", (picture,)))).attributes == (RED,)
        assert (await client.ask(DescribeSubject(await created(client)))).attributes == (RED,)
        assert [asked.body["model"] for asked in endpoint.asked] == ["seer", "seer"]
        health = await client.ask(GetHealth())
        assert health.describer_remote and f"127.0.0.1:{endpoint.server_port}" in health.describer


async def test_only_the_subject_is_sent(server: Serving, endpoint: Endpoint) -> None:
    """A photograph goes cut to its mask: what stood around the thing is grey, and most of it is not sent."""
    endpoint.replies = [completion('{"colour": ["red"]}')]
    photo = np.full((96, 96, 4), (0, 0, 255, 255), np.uint8)
    photo[32:64, 32:64] = (255, 0, 0, 255)
    photo[32:64, 32:40] = (230, 0, 0, 255)
    inside = np.zeros((96, 96), np.uint8)
    inside[32:64, 32:64] = 255
    async with connected(server.endpoint) as client:
        picture = await client.upload(to_picture(photo))
        asked = CreateSubject(name="Pip", class_word="mug", pictures=(picture,))
        pip = (await client.ask(asked)).card.id
        await client.ask(SetMask(pip, 0, await client.upload(to_picture(inside))))
        await client.ask(DescribeSubject(pip))
    (sent,) = re.findall(r"base64,([A-Za-z0-9+/=]+)", json.dumps(endpoint.asked[-1].body))
    image = Image.open(io.BytesIO(base64.b64decode(sent))).convert("RGB")
    assert max(image.size) < 40
    red, _, blue = np.asarray(image, int)[image.height // 2, image.width // 2]
    assert red > 200 > blue
    assert np.asarray(image, int)[..., 2].max() < 200


async def test_words_are_matched_with_what_a_subject_has(server: Serving, endpoint: Endpoint) -> None:
    """By the describer that was chosen, where it is no rule."""
    endpoint.replies = [completion('{"replacements": [{"kind": "colour", "old": "red", "new": "blue"}]}')]
    async with connected(server.endpoint) as client:
        found = await client.ask(MatchWords(await created(client), "make it blue"))
        assert [(each.old, each.new) for each in found.replacements] == [("red", "blue")]


async def test_a_describer_that_fails_is_an_answer(server: Serving, endpoint: Endpoint) -> None:
    """Its error comes out of its process as it was, and the connection goes on."""
    endpoint.replies = [body("no", status=400)]
    async with connected(server.endpoint) as client:
        picture = await client.upload(plain(32, SampleFormat.RGBA8))
        with pytest.raises(DescriberFailure):
            await client.ask(DescribePictures("mug", (picture,)))
        endpoint.replies = [completion('{"colour": ["red"]}')]
        assert (await client.ask(DescribePictures("mug", (picture,)))).attributes == (RED,)


@pytest.mark.parametrize("said", ['{"path": "../x"}', "<img src=x>"])
async def test_row_10_what_a_describer_makes_up_is_refused(
    server: Serving, endpoint: Endpoint, said: str
) -> None:
    """Row 10: whatever is no attribute, a path, a setting or rich text, is an error and no answer."""
    endpoint.replies = [completion(said)]
    async with connected(server.endpoint) as client:
        picture = await client.upload(plain(32, SampleFormat.RGBA8))
        with pytest.raises(DescriberFailure):
            await client.ask(DescribePictures("mug", (picture,)))


async def test_row_10_what_is_no_words_is_left_out(server: Serving, endpoint: Endpoint) -> None:
    """Row 10: an order in the place of words is not one of them."""
    endpoint.replies = [completion('{"colour": [{"shell": "rm"}, "red"]}')]
    async with connected(server.endpoint) as client:
        picture = await client.upload(plain(32, SampleFormat.RGBA8))
        assert (await client.ask(DescribePictures("mug", (picture,)))).attributes == (RED,)


async def test_row_10_words_are_plain(server: Serving, endpoint: Endpoint) -> None:
    """Row 10: no control and no direction character of a describer reaches a client."""
    endpoint.replies = [completion(json.dumps({"colour": ["red\r\nX: y", "\u202eblue"]}))]
    async with connected(server.endpoint) as client:
        picture = await client.upload(plain(32, SampleFormat.RGBA8))
        found = (await client.ask(DescribePictures("mug", (picture,)))).attributes
        assert all(attribute.words.isprintable() for attribute in found)
