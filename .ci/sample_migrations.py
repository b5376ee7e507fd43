#!/usr/bin/env python3
"""Runs the migration programs, in upstream's calling form, on sample repositories of every version
and compares what they leave with the recorded result of the reference.

    sample_migrations.py SAMPLES PROGRAMS

SAMPLES holds vN.tar.gz and vN-reverted.tar.gz, PROGRAMS the programs fs-repo-N-to-M. The last line
begins with the number of runs that agree.
"""
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile

NEWEST = 18
# Upstream numbers the pins in these by chance, so that the blocks of the pin set differ.
RANDOM_PIN_SET = {("up", 2), ("down", 10)}
# The reference loses blocks here, which must not be imitated.
LOSSY = {("down", 1)}
# The sample has something that the step did not make.
EXTENDED = {("up", 5)}


def unpack(archive, folder):
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="fully_trusted")


def content(folder):
    """Path to content of all files but the database and caches; blocks by their hash."""
    files, blocks = {}, set()
    for directory, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(directory, name)
            short = os.path.relpath(path, folder)
            top = short.split(os.sep)[0]
            if top == "datastore" or name == "diskUsage.cache":
                continue
            with open(path, "rb") as file:
                data = file.read()
            if name.endswith(".data"):
                blocks.add(hashlib.sha256(data).hexdigest())
            if not (top == "blocks" and name.endswith(".data")):
                files[short] = data
    return files, blocks


def blocks_named(folder):
    return {
        os.path.relpath(os.path.join(directory, name), folder)
        for directory, _, names in os.walk(os.path.join(folder, "blocks"))
        for name in names
        if name.endswith(".data")
    }


def differences(way, lower, made, wanted):
    found = []
    (files, blocks), (wanted_files, wanted_blocks) = content(made), content(wanted)
    # Backups that upstream overwrites are kept under numbers.
    extra = {name for name in files if name.rsplit(".", 1)[-1].isdigit()}
    for name in sorted((set(files) | set(wanted_files)) - extra):
        # Left behind by upstream's tools only.
        if name in ("repo.lock", "blocks/.temp") or name.startswith("blocks/_README"):
            continue
        if files.get(name) != wanted_files.get(name):
            found.append(f"file {name}")
    if (way, lower) in RANDOM_PIN_SET:
        return found
    if (way, lower) in LOSSY and blocks >= wanted_blocks:
        return found
    if blocks != wanted_blocks:
        found.append(f"{len(blocks ^ wanted_blocks)} blocks")
    elif blocks_named(made) != blocks_named(wanted):
        found.append("names of blocks")
    return found


def run(samples, programs, way, lower):
    if way == "up":
        before, after = f"v{lower}", f"v{lower + 1}"
    else:
        before = "v18" if lower == NEWEST - 1 else f"v{lower + 1}-reverted"
        after = f"v{lower}-reverted"
    paths = [os.path.join(samples, name + ".tar.gz") for name in (before, after)]
    if (way, lower) in EXTENDED or not all(map(os.path.exists, paths)):
        return None
    with tempfile.TemporaryDirectory() as folder:
        # 1-to-2 and its revert rename the directory.
        name = ".go-ipfs" if (way, lower) in (("up", 0), ("up", 1), ("down", 0)) else ".ipfs"
        repo, wanted = os.path.join(folder, "x", name), os.path.join(folder, "wanted")
        unpack(paths[0], repo)
        unpack(paths[1], wanted)
        program = os.path.join(programs, f"fs-repo-{lower}-to-{lower + 1}")
        if not os.path.exists(program):
            return ["no such program"]
        command = [program, f"-path={repo}", "-verbose=true"] + ["-revert"] * (way == "down")
        result = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if result.returncode != 0:
            return [f"exit status {result.returncode}: {result.stderr.strip()}"]
        (made,) = os.listdir(os.path.join(folder, "x"))
        return differences(way, lower, os.path.join(folder, "x", made), wanted)


def main():
    samples, programs = sys.argv[1:]
    good = total = 0
    for way in ("up", "down"):
        for lower in range(NEWEST):
            found = run(samples, programs, way, lower)
            if found is None:
                continue
            total += 1
            good += not found
            name = f"{lower}-to-{lower + 1}" if way == "up" else f"{lower + 1}-to-{lower}"
            print(f"{'not ok' if found else 'ok'} {name} {'; '.join(found)}".rstrip())
    print(f"{good} of {total} runs agree with the reference")


main()
