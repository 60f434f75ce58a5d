"""Archives as they are distributed, made by hand where no library writes them."""

import io
import struct
import tarfile
import zipfile
import zlib

ENTRY, END = struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")


def zip_of(files, method=zipfile.ZIP_DEFLATED):
    """A zip archive of ``{path: content}``; a name may be a ZipInfo."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", method) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return memory.getvalue()


def tar_of(files, mode="w"):
    """A tar archive of ``{path: content}``; a content may be a TarInfo for what is no file."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode=mode) as archive:
        for path, content in files.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            info = tarfile.TarInfo(path)
            info.size, info.mtime = len(content), 12
            archive.addfile(info, io.BytesIO(content))
    return memory.getvalue()


def split_zip(content, part_size):
    """The parts of a zip archive by ``zip -s``: entries say in which part they begin, and where in that part."""
    *_, count, size, start, _ = END.unpack(content[-END.size :])
    body, directory = b"PK\x07\x08" + content[:start], bytearray(content[start : start + size])
    at = 0
    for _ in range(count):
        fields = list(ENTRY.unpack_from(directory, at))
        fields[13], fields[16] = divmod(fields[16] + 4, part_size)
        ENTRY.pack_into(directory, at, *fields)
        at += ENTRY.size + sum(fields[10:13])
    whole = body + bytes(directory)
    parts = [whole[i : i + part_size] for i in range(0, len(whole), part_size)]
    part, offset = divmod(len(body), part_size)
    parts[-1] += END.pack(b"PK\x05\x06", len(parts) - 1, part, count, count, size, offset, 0)
    return parts


def rar_of(files, method=0x30, volume_of=None, is_encrypted=False):
    """A rar archive (version 3) of ``{name: content}``, stored, or said to be packed by another method.

    With ``volume_of=(number, count)`` it is one volume of several, of which each has a slice of a single file.
    """
    number, count = volume_of or (0, 1)
    main_flags = 0 if count == 1 else 0x0011 | (0x0100 if number == 0 else 0)
    blocks = [b"Rar!\x1a\x07\x00", _rar_block(0x73, main_flags, bytes(6))]
    for name, content in files.items():
        size, step = len(content), -(-len(content) // count)
        piece = content[number * step : (number + 1) * step]
        flags = 0x8000 | (1 if number else 0) | (2 if number + 1 < count else 0) | 4 * is_encrypted
        checksum = zlib.crc32(content if number + 1 == count else piece)
        attributes = struct.pack("<LLBLLBBHL", len(piece), size, 3, checksum, 0x5A000000, 29, method, len(name), 0x81A4)
        blocks += [_rar_block(0x74, flags, attributes + name.encode()), piece]
    blocks.append(_rar_block(0x7B, 0x4000 | (1 if number + 1 < count else 0), b""))
    return b"".join(blocks)


def _rar_block(kind, flags, rest):
    header = struct.pack("<BHH", kind, flags, 7 + len(rest)) + rest
    return struct.pack("<H", zlib.crc32(header) & 0xFFFF) + header


def write(folder, files):
    """Write ``{path: content}`` into a folder."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


def contents(source):
    """``{path: content}`` of a source."""
    return {file.path: file.read() for file in source.files}
