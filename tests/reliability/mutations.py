"""Broken and hostile versions of a file, drawn from a seed."""

import io
import pickle
import random
import struct
import warnings
import zipfile

import numpy as np

MEBI = 2**20


class Canary:
    """Leave a mark where it is unpickled."""

    def __init__(self, mark):
        self.mark = str(mark)

    def __reduce__(self):
        return open, (self.mark, "w")


def mutate(content, draw, mark):
    """Return a broken version of ``content``, by a way that fits what it is."""
    ways = [truncated, flipped, spliced, overwritten]
    if content[:2] == b"PK":
        ways += [repacked] * 6
    elif content[:6] == b"\x93NUMPY":
        ways += [other_header] * 4 + [objects]
    else:
        ways += [odd_text] * 2
    return draw.choice(ways)(content, draw, mark)


def truncated(content, draw, mark):
    return content[: draw.choice([draw.randrange(len(content)), draw.randrange(200)])]


def flipped(content, draw, mark):
    broken = bytearray(content)
    reach = draw.choice([len(broken), min(len(broken), 200)])
    for _ in range(draw.choice([1, 1, 2, 8])):
        broken[draw.randrange(reach)] ^= 1 << draw.randrange(8)
    return bytes(broken)


def spliced(content, draw, mark):
    start, length, to = (draw.randrange(len(content)) for _ in range(3))
    piece = content[start : start + length % 300]
    return draw.choice([content[:to] + piece + content[to:], content[:start] + content[to:]])


def overwritten(content, draw, mark):
    at = draw.randrange(len(content))
    piece = draw.choice([b"\x00", b"\xff", b"\x7f\xff\xff\xff", draw.randbytes(4)]) * 4
    return content[:at] + piece + content[at + len(piece) :]


def odd_text(content, draw, mark):
    piece = draw.choice(
        [b"nan", b"inf", b"1e999", b"'", b'"', b"\n", b",,", b"\x00", b"\xff\xfe", b"=", b"[[",
         b"\xc3\xa9", b"9" * 400, b"-", b"true", b"{a=1}", b"[" * 3000, b'"""',
         b"\r", b"#", b"1_0", b"0x10"]
    )  # fmt: skip
    at = draw.randrange(len(content) + 1)
    return content[:at] + piece + content[at + draw.randrange(3) :]


def odd_array(draw, mark):
    """Return the bytes of a ``.npy`` that is odd in one way."""
    way = draw.randrange(8)
    if way == 0:
        return npy(np.full((3, 2), draw.choice([np.nan, np.inf])))
    if way == 1:
        return npy(np.zeros(draw.choice([(), (0,), (0, 4), (1,), (2, 3, 4)])))
    if way == 2:
        return npy(np.zeros((4, 3), draw.choice(["f2", "c8", "i1", "?", "M8[s]", "S3", "V8"])))
    if way == 3:
        return npy(np.array("[" * draw.choice([5, 100_000]) + "1"))
    if way == 4:
        return npy(np.array(draw.choice(["{}", "null", "[1]", '{"a": NaN}', '"\\ud800"', ""])))
    if way == 5:
        return canary(mark)
    return other_header(npy(np.zeros((4, 3))), draw, mark)


def npy(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=False)
    return file.getvalue()


def canary(mark):
    body = pickle.dumps(np.array([Canary(mark)], dtype=object))
    return header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }") + body


def objects(content, draw, mark):
    return draw.choice([canary(mark), pickle.dumps(Canary(mark))])


def header(text, version=1):
    packed = text.encode("latin1", "replace") + b"\n"
    size = struct.pack("<H", len(packed)) if version == 1 else struct.pack("<I", len(packed))
    return b"\x93NUMPY" + bytes([version, 0]) + size + packed


def other_header(content, draw, mark):
    """Return the data of ``content`` under another header."""
    shape = draw.choice(
        ["(1000000000000,)", "(-1, 4)", "(4, -3)", "(4294967296, 4294967296)", "(2, 2)", "()",
         "(10**9,)", "(1.5,)", "'x'", "(True, 3)", "(99999999999999999999999,)", "(1,)*70",
         "[4, 3]"]
    )  # fmt: skip
    descr = draw.choice(
        ["'<f8'", "'<f8'", "'|O'", "'<U9999999'", "'|V0'", "[('a', '<f8')]", "'>i4'", "'<f16'", "3"]
    )
    order = draw.choice(["False", "True", "7"])
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"
    extra = draw.choice(["", "", "", " " * 11_000, "__import__('os')", "\x00"])
    size = 10 + int.from_bytes(content[8:10], "little")
    return header(text + extra, draw.choice([1, 1, 2, 3, 9])) + content[size:]


def repacked(content, draw, mark):
    """Return the archive ``content`` with one member changed, left out, doubled or renamed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(item.filename, archive.read(item)) for item in archive.infolist()]
    at = draw.randrange(len(members))
    name, data = members[at]
    way = draw.randrange(7)
    pressed = zipfile.ZIP_STORED
    if way == 0:
        del members[at]
    elif way == 1:
        members.append(draw.choice(members))
    elif way == 2:
        members[at] = draw.choice(["../../x.npy", "/tmp/x.npy", "C:\\x.npy", "a" * 9000]), data
    elif way == 3:
        pressed = draw.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
        if draw.randrange(4) == 0:
            data = npy(np.zeros((1, 1))) + bytes(300 * MEBI) if draw.randrange(8) == 0 else data
            members[at] = name, data
    elif way == 4 and data[:6] == b"\x93NUMPY":
        members[at] = name, mutate(data, draw, mark)
    elif way == 5:
        members[at] = name, draw.choice(members)[1]
    else:
        members[at] = name, odd_array(draw, mark)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", pressed) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of names that are there twice
        for member, written in members:
            info = zipfile.ZipInfo(member)
            info.compress_type = pressed
            archive.writestr(info, written)
    return file.getvalue()


def header_cuts(content, reach=160):
    """Yield the file cut at every byte of its header, and of an archive's directory at its end."""
    for length in range(min(reach, len(content))):
        yield content[:length]
    if content[:2] == b"PK":
        for length in range(1, min(reach, len(content))):
            yield content[:-length]


def mutants(content, seed, count, mark):
    """Yield ``count`` broken versions."""
    draw = random.Random(seed)
    for _ in range(count):
        yield mutate(content, draw, mark)
