"""Archives unfolded into what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ultrasam.corpus.source.archives import Archive, find_archives
from ultrasam.corpus.source.checksum import crc32
from ultrasam.corpus.source.file import SourceFile
from ultrasam.corpus.source.members import Members
from ultrasam.corpus.source.multi_part_zip import join_parts
from ultrasam.corpus.source.rar_archives import list_rar
from ultrasam.corpus.source.scratch import Scratch
from ultrasam.corpus.source.stretches import Stretches
from ultrasam.corpus.source.tar_archives import list_tar
from ultrasam.corpus.source.zip_archives import list_zip

#: Archives in archives that are unfolded.
_MOST_NESTED = 4


class Unfolding:
    """Unfolds archives, and archives in them.

    Args:
        scratch: for what cannot be read in place.
    """

    def __init__(self, scratch: Scratch) -> None:
        self.remarks: list[str] = []
        self._scratch = scratch

    def unfold(self, files: Iterable[SourceFile], depth: int = 0) -> list[SourceFile]:
        """Put folders of what they hold in the place of the archives among files.

        What lies unpacked beside its archive too is left out once, be it in a folder named after the archive or
        right beside it.

        Args:
            files: of one folder or archive, with all that is in it.
            depth: archives around these files.

        Raises:
            InputError: an archive is damaged, encrypted, or not whole.
        """
        archives, others = find_archives(files)
        beside = {file.path: file for file in others}
        found = dict(beside)
        for archive in archives:
            if depth == _MOST_NESTED:
                self.remarks.append(f"{archive.name}: not unpacked, as it is an archive in {depth} others")
                found.update((part.path, part) for part in archive.parts)
                continue
            left_out = 0
            for file in self.contents(archive, depth):
                path = f"{archive.stem}/{file.path}"
                twin = beside.get(archive.folder + file.path)
                if path in found or (twin and _is_same(twin, file)):
                    left_out += 1
                else:
                    found[path] = replace(file, path=path)
            if left_out:
                self.remarks.append(
                    f"{archive.name}: {left_out:,} left out, as they are in the folder too, under the same paths"
                )
        return list(found.values())

    def contents(self, archive: Archive, depth: int = 0) -> list[SourceFile]:
        """The files of an archive, those of archives in it among them, by their paths inside it.

        Raises:
            InputError: an archive is damaged, encrypted, or not whole.
        """
        archive.check_whole()
        members = Members(archive.name)
        if archive.kind == "rar":
            list_rar(self._volumes(archive), members, self._scratch)
        elif archive.kind == "zip":
            parts = [self._unpacked(part) for part in archive.parts]
            list_zip(join_parts(parts, archive.name, self._scratch), members)
        else:
            list_tar(self._unpacked(archive.parts[0]), members, self._scratch)
        self.remarks.extend(members.remarks)
        return self.unfold(members.files, depth + 1)

    def _unpacked(self, file: SourceFile) -> Stretches:
        """The bytes of an archive as they lie on the disk, which they do not before if it is packed in another."""
        stretches = file.stretches()
        if stretches is None:
            with file.open() as stream:
                stretches = Stretches.of_file(self._scratch.keep(stream))
        return stretches

    def _volumes(self, archive: Archive) -> list[Path]:
        """Rar volumes as files, which find one another by their names."""
        on_disk = [part.place.path for part in archive.parts if part.place.path]
        if len(on_disk) == len(archive.parts):
            return on_disk
        base, volumes = self._scratch.new_path(), []
        for part in archive.parts:
            with part.open() as stream:
                ending = part.path[len(archive.stem) :].lower()
                volumes.append(self._scratch.keep(stream).rename(f"{base}{ending}"))
        return volumes


def _is_same(one: SourceFile, other: SourceFile) -> bool:
    return one.size == other.size and _checksum(one) == _checksum(other)


def _checksum(file: SourceFile) -> str:
    if file.stamp.startswith("crc:"):
        return file.stamp
    with file.open() as stream:
        return f"crc:{crc32(stream):08x}"
