"""No pickle is read outside of the converter: a pickle is a program, and models come from strangers."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READER = ROOT / "dreammix" / "fooocus" / "unpickle.py"
SOURCES = [
    path
    for room in ("dreammix", "backend", "krita_plugin", "packaging")
    for path in sorted((ROOT / room).rglob("*.py"))
]
PICKLERS = frozenset(
    {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib", "pandas"}
)
LOADERS = frozenset({"torch.load", "torch.jit.load", "torch.hub.load", "np.load", "numpy.load"})
WEIGHTLESS = ("Tokenizer", "Processor", "ProcessorPil", "Scheduler")
"""What has no weights that a library could look for in a pickle where no safetensors file lies."""
UNSAFE = frozenset({"allow_pickle", "weights_only", "pickle_module"})


def findings(source: str) -> Iterator[str]:
    """What in a source reads pickles, or lets a library do so."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name.partition(".")[0] in PICKLERS)
            case ast.ImportFrom(module=str(module), names=names) if module.partition(".")[0] in PICKLERS:
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom(module="torch", names=names) if any(alias.name == "load" for alias in names):
                yield "torch.load"
            case ast.Call(func=ast.Attribute() as function) if ast.unparse(function) in LOADERS:
                yield ast.unparse(node)
            case ast.keyword(arg=str(name), value=value) if name in UNSAFE:
                yield f"{name}={ast.unparse(value)}"
            case ast.Call(func=ast.Attribute(value=owner, attr="from_pretrained"), keywords=given) if (
                not ast.unparse(owner).endswith(WEIGHTLESS)
                and not any(keyword.arg in (None, "use_safetensors") for keyword in given)
            ):
                yield ast.unparse(node)
            case ast.keyword(arg="use_safetensors", value=ast.Constant(value=False)):
                yield "use_safetensors=False"


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "from torch import load",
        "torch.load(path)",
        "np.load(path, allow_pickle=True)",
        "Model.from_pretrained(path)",
        "Model.from_pretrained(path, use_safetensors=False)",
    ],
)
def test_each_way_would_be_found(line: str) -> None:
    """The search below sees what it looks for."""
    assert list(findings(line))


def test_no_other_source_reads_pickles() -> None:
    """Neither itself nor by a library's leave."""
    assert READER in SOURCES
    found = {path: list(findings(path.read_text(encoding="utf-8"))) for path in SOURCES if path != READER}
    assert {path: ways for path, ways in found.items() if ways} == {}


def test_the_reader_reads_weights_only() -> None:
    """One place, one call, and nothing that is found is ever run."""
    found = set(findings(READER.read_text(encoding="utf-8")))
    call = "torch.load(stream, map_location='cpu', weights_only=True)"
    assert found == {"pickle.UnpicklingError", call, "weights_only=True"}
