"""``make fuzz RUNS=…``: random input for the compiled packet core, under the address and undefined-behaviour sanitisers.

With clang and libFuzzer, which follows what the input reaches (installed from Debian's packages when we may). Without
them the same target runs with gcc and a driver that mutates the corpus blindly. What breaks the core is left in
``var/fuzz`` with the sanitiser's report; the exit status is then 1.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NATIVE = ROOT / "signaling/sfu/ccore/native"
FOUND = ROOT / "var/fuzz"
CORPUS = HERE / "corpus"
FLAGS = ["-std=c11", "-g", "-Wall", "-Wextra", "-Werror", "-fno-sanitize-recover=all", f"-I{HERE}", f"-I{NATIVE}"]
SANITISERS = {"ASAN_OPTIONS": "quarantine_size_mb=4:max_redzone=32:malloc_context_size=5"}
LONGEST_INPUT = 600
PACKAGES = ("clang", "libclang-rt-14-dev")


def sources() -> list[str]:
    return [str(path) for path in [*sorted(NATIVE.glob("*.c")), HERE / "fuzz_core.c", HERE / "kernel.c"]]


def with_driver(folder: Path) -> Path:
    """The target with the blind driver. Raises CalledProcessError."""
    made = folder / "driver"
    command = ["cc", "-O1", *FLAGS, "-fsanitize=address,undefined", *sources(), str(HERE / "driver.c"), "-o", str(made)]
    subprocess.run(command, check=True, timeout=300)
    return made


def with_libfuzzer(folder: Path) -> Path | None:
    """The target with libFuzzer; None when there is none."""
    made = folder / "libfuzzer"
    command = ["clang", "-O2", *FLAGS, "-fsanitize=fuzzer,address,undefined", *sources(), "-o", str(made)]
    done = shutil.which("clang") and subprocess.run(command, capture_output=True, timeout=300, check=False).returncode == 0
    return made if done else None


def install() -> None:
    """Ask Debian for clang; what comes of it shows when it is used."""
    if os.getuid() == 0 and shutil.which("apt-get"):
        print("Installing from Debian's packages:", *PACKAGES, "...", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
            subprocess.run(["apt-get", *words], env=environment, capture_output=True, timeout=600, check=False)


def drive(made: Path, runs: int, seed: int = 1) -> subprocess.CompletedProcess[str]:
    """Run the blind driver over the corpus."""
    command = [str(made), str(runs), str(seed), *map(str, sorted(CORPUS.iterdir()))]
    return subprocess.run(command, env={**os.environ, **SANITISERS}, capture_output=True, text=True, check=False)


def follow(made: Path, folder: Path, runs: int, jobs: int) -> int:
    """Run libFuzzer in some processes; what they learn stays in ``folder``."""
    FOUND.mkdir(parents=True, exist_ok=True)
    learnt = folder / "learnt"
    learnt.mkdir()
    options = [f"-max_len={LONGEST_INPUT}", f"-runs={-(-runs // jobs)}", "-print_final_stats=1", f"-artifact_prefix={FOUND}/"]
    commands = [[str(made), *options, f"-seed={seed}", str(learnt), str(CORPUS)] for seed in range(1, jobs + 1)]
    logs = [FOUND / f"log-{seed}" for seed in range(1, jobs + 1)]
    running = []
    for command, log in zip(commands, logs, strict=True):
        with log.open("w") as told:
            running.append(subprocess.Popen(command, env={**os.environ, **SANITISERS}, stdout=told, stderr=told))
    failed = [process.wait() for process in running]
    for log, status in zip(logs, failed, strict=True):
        tail = log.read_text(errors="replace").splitlines()[-60:]
        print("\n".join(tail if status else [line for line in tail if "stat::" in line or line.startswith("Done")]))
    return int(any(failed))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000_000, help="inputs in all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = with_libfuzzer(folder)
        if made is None:
            install()
            made = with_libfuzzer(folder)
        if made is not None:
            return follow(made, folder, given.runs, given.jobs)
        print("There is no clang with libFuzzer: the input is mutated blindly.")
        done = drive(with_driver(folder), given.runs)
        print(done.stdout, done.stderr[-4000:])
        return done.returncode


if __name__ == "__main__":
    sys.exit(main())
