"""khal imports a calendar, twice, and lists it: `{text, zone, first, days}` → `date time title status`, both times."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

said = json.load(sys.stdin)
khal = str(Path(sys.executable).with_name("khal"))
with tempfile.TemporaryDirectory() as folder:
    home = Path(folder)
    (home / "one").mkdir()
    (home / "x.ics").write_text(said["text"], newline="")
    (home / "config").write_text(
        f"[calendars]\n[[one]]\npath = {home}/one\ntype = calendar\n[locale]\nlocal_timezone = {said['zone']}\n"
        f"default_timezone = {said['zone']}\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
        f"[sqlite]\npath = {home}/db\n[default]\ndefault_calendar = one\n"
    )
    around = os.environ | {"HOME": folder, "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": folder}

    def run(*words):
        command = [khal, "-c", str(home / "config"), *words]
        done = subprocess.run(command, env=around, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def listed():
        form = "{start-date} {start-time} {title} {status}"
        return sorted(
            run("list", "-f", form, "--day-format", "", said["first"], f"{said['days']}d").strip("\n").split("\n")
        )

    run("import", "--batch", str(home / "x.ics"))
    events = listed()
    run("import", "--batch", str(home / "x.ics"))
    print(json.dumps({"events": events, "again": listed()}))
