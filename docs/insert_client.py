"""Insert what WORDS say, or a subject of your library changed as they say; saves previews and result as PNG.

python docs/insert_client.py SCENE MASK WORDS [ID OF A SUBJECT]
"""

import asyncio
import json
import secrets
import sys
from pathlib import Path

from websockets.asyncio.client import connect

from dreammix.files import png, read_mask, read_scene
from dreammix.protocol import InsertRequest, SubjectUse
from dreammix.protocol.caller import Caller, Fetched
from dreammix.protocol.jobs import JobChanged, JobState, PreviewReady, ResultReady
from dreammix.protocol.messages import SUBPROTOCOL, Failure, JobEvent, Welcome
from dreammix.protocol.payloads import Fetch
from dreammix.protocol.places import ENDPOINT_FILE, backend_folder


async def main(scene: str, mask: str, words: str, subject: str = "") -> None:
    """Ask the server that runs now."""
    server = json.loads((backend_folder() / ENDPOINT_FILE).read_text())
    where, token = f"ws://{server['address']}", {"Authorization": f"Bearer {server['token']}"}
    pictures = {"scene": read_scene(Path(scene)).picture, "mask": read_mask(Path(mask))}
    use = SubjectUse(subject=subject, edit=words) if subject else None
    request = InsertRequest(prompt="" if use else words, subject=use, **pictures)
    caller, files = Caller(), {}
    async with connect(where, subprotocols=[SUBPROTOCOL], additional_headers=token, max_size=None) as line:
        await line.send(caller.hello("insert_client", "1"))
        async for data in line:
            for heard in caller.receive(data):
                match heard:
                    case Welcome():
                        for part in caller.insert(request, key=secrets.token_hex(8)):
                            await line.send(part)
                    case JobEvent(event=PreviewReady() | ResultReady() as ready):
                        number, question = caller.ask(Fetch(heard.picture))
                        files[number] = "result" if isinstance(ready, ResultReady) else f"preview-{number}"
                        await line.send(question)
                    case Fetched(number, picture):
                        Path(f"{files[number]}.png").write_bytes(png(picture))
                        if files[number] == "result":
                            return
                    case Failure(number, error) if number not in files:
                        sys.exit(str(error.error()))
                    case JobEvent(event=JobChanged(state=JobState.FAILED, error=error)):
                        sys.exit(str(error.error()))


asyncio.run(main(*sys.argv[1:]))
