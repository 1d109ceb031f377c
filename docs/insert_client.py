"""Inserts a subject, saves previews and result: insert_client.py SCENE MASK SUBJECT WORDS < endpoint.json."""

import json
import sys

from PIL import Image
from websockets.sync.client import connect

server, (scene, mask, subject, words) = json.load(sys.stdin), sys.argv[1:]
where, token = f"ws://{server['address']}", {"Authorization": f"Bearer {server['token']}"}
sent = {1: Image.open(scene).convert("RGBA"), 2: Image.open(mask).convert("L")}
size, names, shown = {"width": sent[1].width, "height": sent[1].height}, {}, {}
with connect(where, subprotocols=["dreammix.v1"], additional_headers=token, max_size=None) as line:

    def ask(number: int, **body: object) -> None:  # noqa: D103
        line.send(json.dumps({"type": "request", "number": number, "body": body}))

    line.send(json.dumps({"type": "hello", "client": "insert_client", "version": "1"}))
    line.recv()
    for number, samples in (1, "rgba8"), (2, "gray8"):
        ask(number, type="upload", form={"type": "pixel_form", "size": size, "format": samples})
        for at in range(0, len(pixels := sent[number].tobytes()), 1 << 20):
            line.send(bytes([1, 0, 0, 0, number]) + at.to_bytes(8, "big") + pixels[at : at + (1 << 20)])
    use, window = {"subject": subject, "edit": words}, {"x": 0, "y": 0, **size}
    ask(3, type="insert", key="1", scene=1, mask=2, window=window, prompt="", subject=use)
    for data in line:
        match json.loads(data) if isinstance(data, str) else data:
            case {"job": job, "event": {"type": "preview_ready" | "result_ready" as kind}}:
                names[number := len(names) + 4] = kind.replace("ready", f"{len(names) + 1}.png")
                ask(number, type="fetch", source={"type": kind[:-5] + "picture", "job": job, "variant": 0})
            case {"type": "begin", "number": number, "form": {"size": form}}:
                shown[number] = (form["width"], form["height"]), bytearray()
            case bytes():
                shown[int.from_bytes(data[1:5], "big")][1].extend(data[13:])
            case {"type": "reply", "number": number} if number in shown:
                Image.frombytes("RGBA", *shown.pop(number)).save(names[number])
                if "result" in names[number]:
                    break
            case {"number": 1 | 2 | 3, "error": error} | {"event": {"error": error}}:
                sys.exit(f"{error['what']}: {error['why']}. {error['remedy']}")
