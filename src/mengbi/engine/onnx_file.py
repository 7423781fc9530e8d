"""An ONNX file that may be anybody's, read without running it: what it says of itself, and what it must not hold.

The file is a protobuf; of its messages only what is needed is looked at (onnx.proto, fields by number).
"""

from collections.abc import Iterator, Mapping

MOST_BYTES = 1 << 30
NODES, TENSORS, SPARSE = 1, 5, 15
"""Of a graph."""
NAME, DOMAIN, ATTRIBUTES = 4, 7, 5
"""Of a node: what it does, whose that is, and its settings."""
INSIDE = {5: "tensor", 10: "tensor", 6: "graph", 11: "graph"}
"""Of a setting: what can be in it."""
GRAPH, NOTES, TRAINING, FUNCTIONS = 7, 14, 20, 25
"""Of the file."""
OUTSIDE, WHERE = 13, 14
"""Of a tensor: the file that holds its numbers, and whether one does."""
OURS = ("", "ai.onnx")


def notes_of(data: bytes) -> Mapping[str, str]:
    """What the file says of itself, text by name. Raises ValueError for what is no ONNX file."""
    found = {}
    for number, value in _fields(memoryview(data)):
        if number == NOTES:
            entry = {key: bytes(_message(text)).decode() for key, text in _fields(_message(value))}
            found[entry.get(1, "")] = entry.get(2, "")
    return found


def check(data: bytes) -> None:
    """Raises ValueError for what a network does not need: other files' numbers, a program in it, foreign operators.

    A loop need never end, and a tensor of another file is that file, read for whoever wrote this one.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(f"it has {len(data) >> 20} MiB; at most {MOST_BYTES >> 20}")
    graphs = 0
    for number, value in _fields(memoryview(data)):
        if number in (TRAINING, FUNCTIONS):
            raise ValueError("it holds more than a network")
        if number == GRAPH:
            graphs += 1
            _check_graph(_message(value))
    if graphs != 1:
        raise ValueError("it holds no network")


def _check_graph(graph: memoryview) -> None:
    for number, value in _fields(graph):
        if number == SPARSE:
            raise ValueError("it holds a sparse tensor")
        if number == TENSORS:
            _check_tensor(_message(value))
        elif number == NODES:
            _check_node(_message(value))


def _check_node(node: memoryview) -> None:
    for number, value in _fields(node):
        if number == DOMAIN and bytes(_message(value)).decode() not in OURS:
            raise ValueError(f"it has an operator of {bytes(_message(value)).decode()[:40]!r}")
        for kind, inner in _fields(_message(value)) if number == ATTRIBUTES else ():
            if INSIDE.get(kind) == "graph":
                raise ValueError("it holds a program, not only a network")
            if INSIDE.get(kind) == "tensor":
                _check_tensor(_message(inner))


def _check_tensor(tensor: memoryview) -> None:
    for number, value in _fields(tensor):
        if number == OUTSIDE or (number == WHERE and value != 0):
            raise ValueError("its numbers lie in another file")


def _message(value: memoryview | int) -> memoryview:
    if isinstance(value, int):
        raise ValueError("it is damaged")
    return value


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Number and value of every field: bytes, or a number (0 for those of fixed width, which nobody asks for)."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire == 2:
            length, at = _varint(message, at)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ValueError("it is damaged")
        if at + length > len(message):
            raise ValueError("it is cut off")
        yield number, message[at : at + length] if wire == 2 else 0
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 70:
        byte = message[at]
        value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
        if byte < 128:
            return value, at
    raise ValueError("it is cut off")
