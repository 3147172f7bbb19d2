"""Nodes on machines of their own, as far as the network goes, and cuts between them.

Each has a network namespace with one cable to a switch, which is a namespace too. Links go over the
cables, under TLS. Clients come in through the node's own loopback, which no cut reaches.
"""

import json
import os
import subprocess

from harness import reach
from harness.cluster import Cluster, Member, fetch
from harness.node import binary, clean_environment, run_program
from harness.places import Place, why_not
from harness.waiting import wait_until

NOBODY = "02:00:00:00:00:01"  # a hardware address that no node has
LINKS, HTTP, ADMIN = 7080, 8080, 9080


def why_no_network():
    """A reason to skip; empty: networks can be made."""
    return why_not("net", "ip link add bridge type bridge",
                   "ip link add port type veth peer name eth0", "ip link set port master bridge")


class Network:
    def __init__(self, count):
        self.switch = Place("net")
        self.switch.run("ip link add bridge type bridge")
        self.switch.run("ip link set bridge up")
        self.places = {}
        for number in range(1, count + 1):
            self.places[number] = place = Place("net")
            self.switch.run(f"ip link add port{number} type veth"
                            f" peer name eth0 netns {place.pid}")
            self.plug(number)
            self.switch.run(f"ip link set port{number} up")
            place.run("ip link set lo up")
            place.run(f"ip address add {self.address(number)}/24 dev eth0")
            place.run("ip link set eth0 up")
            reach.namespaces[self.loopback(number)] = os.open(f"/proc/{place.pid}/ns/net",
                                                              os.O_RDONLY)

    @staticmethod
    def address(number):
        return f"10.9.0.{number}"

    @staticmethod
    def loopback(number):
        return f"127.9.0.{number}"

    def plug(self, number):
        self.switch.run(f"ip link set port{number} master bridge")

    def unplug(self, number):
        """At the switch: nobody is told, what is sent vanishes."""
        self.switch.run(f"ip link set port{number} nomaster")

    def lose(self, sender, receiver):
        """What one sends to the other vanishes; what comes back arrives."""
        self.places[sender].run(f"ip neighbour replace {self.address(receiver)}"
                                f" lladdr {NOBODY} dev eth0 nud permanent")

    def deliver(self, sender, receiver):
        self.places[sender].run(f"ip neighbour delete {self.address(receiver)} dev eth0")

    def discard(self):
        for number, place in self.places.items():
            os.close(reach.namespaces.pop(self.loopback(number)))
            place.leave()
        self.switch.leave()


class NetworkedCluster(Cluster):
    """Launched as on so many machines: certificates, a file each, `cluster init` on the first."""

    def start(self):
        self.network = Network(self.count)
        self.dir.mkdir()
        self.certify()
        files = [self.write_node(number) for number in range(1, self.count + 1)]
        self.run("cluster", "init", "--config", files[0])
        self.members = [self.launch(number, file) for number, file in enumerate(files, 1)]
        self.wait_until_whole(self.count, 60)
        wait_until(lambda: all(self.sees_all(one) for one in self.members), "all are linked", 20)
        return self

    @staticmethod
    def sees_all(member):
        seen = fetch(member.admin, "/admin/nodes")[1]
        return bool(seen) and all(one["reachable"] for one in seen)

    @staticmethod
    def run(*words):
        status, _, complaint = run_program(*words)
        assert status == 0, complaint

    def certify(self):
        self.run("cert", "init", "--dir", self.dir)
        for number in range(1, self.count + 1):
            self.run("cert", "node", f"n{number}", "--dir", self.dir)

    def write_node(self, number):
        name, address = f"n{number}", self.network.address(number)
        words = {
            "node.name": name, "data_dir": self.dir / name,
            "http.address": self.network.loopback(number), "http.port": HTTP,
            "admin.address": self.network.loopback(number), "admin.port": ADMIN,
            "links.address": address, "links.port": LINKS,
            "links.certificate": self.dir / f"{name}.pem", "links.key": self.dir / f"{name}.key",
            "links.authority": self.dir / "ca.pem"}
        words["join"] = [f"{self.network.address(one)}:{LINKS}"
                         for one in range(1, self.count + 1)]
        file = self.folder / f"{name}.toml"
        file.write_text(self.config.read_text() + "".join(
            f"{key} = {json.dumps(value, default=str)}\n" for key, value in words.items()))
        return file

    def launch(self, number, file):
        name, host = f"n{number}", self.network.loopback(number)
        command = self.network.places[number].command(binary(), "serve", "--config", file)
        with open(self.dir / f"{name}.log", "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       env=clean_environment())
        member = Member({"node": name, "http": f"{host}:{HTTP}", "admin": f"{host}:{ADMIN}",
                         "dir": self.dir / name, "pid": process.pid})
        member.command, member.process = command, process
        return member

    def discard(self):
        super().discard()
        if hasattr(self, "network"):
            self.network.discard()
            del self.network
