"""The one process in which a document or video from outside is taken apart: started for one file, bounded, and gone.

Standard input is the file, the argument its kind, standard output the cleaned file; the exit code says why there is
none.
Run as a script by `bihuan.loop.cleaning`, never imported there.
"""

from __future__ import annotations

import resource
import sys

from bihuan.loop.cleaning import FAULTS, boxes, elements, frames, pdfs
from bihuan.loop.cleaning.faults import CleaningFault

MEMORY = 1_500_000_000  # bytes of address space, libraries included
SECONDS = 40  # of processor time
CLEANERS = {
    "video/mp4": boxes.clean, "video/quicktime": boxes.clean, "video/webm": elements.clean,
    "audio/mpeg": frames.clean, "application/pdf": pdfs.clean,
}  # fmt: skip


def main() -> int:
    """Read, answer, end. Source: docs/adr/0223; docs/adr/0220 (bounded memory, time and files)."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content, codes = sys.stdin.buffer.read(), {why: code for code, why in FAULTS.items()}
    pdfs.warm()  # every module is in memory: from here on no file or connection can be opened
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    try:
        sys.stdout.buffer.write(CLEANERS[sys.argv[1]](content))
    except CleaningFault as fault:
        return codes[fault.why]
    return 0


if __name__ == "__main__":
    sys.exit(main())
