"""Insert what WORDS say, or a subject of your library changed as they say; saves previews and result as PNG.

python docs/insert_client.py SCENE MASK WORDS [ID OF A SUBJECT]
"""

import asyncio
import json
import os
import secrets
import struct
import sys
from pathlib import Path

from PIL import Image
from websockets.asyncio.client import connect


async def main(scene: str, mask: str, words: str, subject: str = "") -> None:
    """Ask the server that runs now."""
    folder = Path(os.environ.get("DREAMMIX_BACKEND", Path.home() / ".local/share/dreammix/backend"))
    server = json.loads((folder / "endpoint.json").read_text())
    token = {"Authorization": f"Bearer {server['token']}"}
    where, spoken = f"ws://{server['address']}", ["dreammix.v1"]
    async with connect(where, subprotocols=spoken, additional_headers=token, compression=None) as line:
        await line.send(json.dumps({"type": "hello", "client": "insert_client", "version": "1"}))
        names, sizes, pixels = ["scene", "mask", "insert"], {}, {}

        async def ask(number: int, **body: object) -> None:
            await line.send(json.dumps({"type": "request", "number": number, "body": body}))

        for number, (file, mode, samples) in enumerate([(scene, "RGBA", "rgba8"), (mask, "L", "gray8")], 1):
            picture = Image.open(file).convert(mode)
            size = {"width": picture.width, "height": picture.height}
            await ask(number, type="upload", form={"type": "pixel_form", "size": size, "format": samples})
            for at in range(0, len(data := picture.tobytes()), 1 << 20):
                await line.send(struct.pack(">BIQ", 1, number, at) + data[at : at + (1 << 20)])
        edit = {"subject": {"subject": subject, "edit": words}} if subject else {}
        wish = {"prompt": "" if subject else words, "window": {"x": 0, "y": 0} | size, **edit}
        await ask(3, type="insert", key=secrets.token_hex(8), scene=1, mask=2, **wish)
        async for message in line:
            if isinstance(message, bytes):
                pixels[struct.unpack_from(">I", message, 1)[0]] += message[13:]
                continue
            match json.loads(message):
                case {"job": job, "event": {"type": ("preview_ready" | "result_ready") as kind}}:
                    names.append("result" if kind == "result_ready" else f"preview-{len(names) - 2}")
                    source = {"type": kind.replace("ready", "picture"), "job": job, "variant": 0}
                    await ask(len(names), type="fetch", source=source)
                case {"type": "begin", "number": number, "form": {"size": size}}:
                    sizes[number], pixels[number] = (size["width"], size["height"]), bytearray()
                case {"type": "reply", "number": number} if number in pixels:
                    picture = Image.frombytes("RGBA", sizes[number], bytes(pixels[number]))
                    picture.save(f"{names[number - 1]}.png")
                    if names[number - 1] == "result":
                        return
                case {"number": 1 | 2 | 3, "error": error} | {"event": {"error": error}}:
                    sys.exit(f"{error['what']}: {error['why']}. {error['remedy']}")


asyncio.run(main(*sys.argv[1:]))
