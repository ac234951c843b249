"""CPU seconds of a draw of inspectors, with reading: objects × inspectors under recusal, capacity and certificates.

Run: python benchmarks/draw_assign.py
"""

import random
import tempfile
import time
from pathlib import Path

from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import run_method
from bihuan.readers import CsvWriter

SIZES = ((1_000, 300), (10_000, 300), (30_000, 900))


def write(path: Path, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> Path:
    """Write rows as a file."""
    with path.open("w", encoding="utf-8", newline="") as out:
        CsvWriter(out, columns).write_columns(zip(*rows, strict=True))
    return path


def town(folder: Path, objects: int, people: int) -> list[Path]:
    """A town's lists: five departments, six fields, firms in groups of three, an interest for each twentieth object."""
    luck = random.Random(7)
    departments, fields = [f"d{n}" for n in range(5)], [f"f{n}" for n in range(6)]
    firms = [f"e{n}" for n in range(objects * 4 // 5)]
    most = objects * 4 // people
    drawn: list[tuple[object, ...]] = [
        (f"o{n}", luck.choice(firms), luck.choice(fields), ";".join(luck.sample(departments, luck.randint(1, 2))))
        for n in range(objects)
    ]
    staff: list[tuple[object, ...]] = [
        (f"i{n}", departments[n % 5], ";".join(f for f in fields if luck.random() < 0.6), most) for n in range(people)
    ]
    interests: list[tuple[object, ...]] = [
        (f"i{luck.randrange(people)}", luck.choice(firms), "kin") for _ in range(objects // 20)
    ]
    return [
        write(folder / "objects.csv", ("object", "enterprise", "field", "departments"), drawn),
        write(folder / "inspectors.csv", ("inspector", "department", "certificates", "capacity"), staff),
        write(folder / "conflicts.csv", ("inspector", "enterprise", "reason"), interests),
        write(folder / "groups.csv", ("enterprise", "group"), [(firm, f"g{n // 3}") for n, firm in enumerate(firms)]),
    ]


def main() -> None:
    """Print a line for each size."""
    method = method_named("draw-assign")
    for objects, people in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            files = town(Path(folder), objects, people)
            begun = time.process_time()
            told = run_method(method, files, {"seed": "bench"})
            spent = time.process_time() - begun
        feasible = told.facts["feasible"]
        print(f"{objects:>7} objects {people:>4} inspectors  {spent:6.2f} CPU s  feasible {feasible}")


if __name__ == "__main__":
    main()
